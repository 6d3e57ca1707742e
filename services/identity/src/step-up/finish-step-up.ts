import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { grantTokens } from '../sessions/grant-tokens.ts';
import { refuseSession } from '../sessions/refuse-session.ts';
import type { SessionAssurance } from '../sessions/session-limits.ts';
import { rejected, type SignInStep } from '../sign-in/sign-in-step.ts';
import type { Flow } from '../sign-in/transition-flow.ts';
import { readTokenSession } from '../sessions/read-token-session.ts';

/** How long it holds. */
const GRANT_MS = 5 * 60_000;

/**
 * A session has proven itself again: its tokens say so for five minutes, for one operation where it was bound to one. The
 * session is the same, no longer than before; it is worth what it was, or the factor where that is more.
 */
export async function finishStepUp(
  identity: Identity,
  tx: Transaction,
  given: {
    caller: Caller;
    account: KnownAccount;
    flow: Flow & { session_id: string };
    grade: SessionAssurance;
  },
): Promise<SignInStep> {
  const { caller, account, flow, grade } = given;
  const now = identity.clock();
  const session = await readTokenSession(tx, { sessionId: flow.session_id, accountId: account.id, now });
  if (session === undefined) return rejected('FLOW_EXPIRED');
  const why = await refuseSession(identity, tx, { caller, account, now });
  if (why !== undefined) return rejected(why);
  const until = new Date(now.getTime() + GRANT_MS);
  const stepUp = { until, operationHash: flow.operation_hash };
  // Bound to one operation it says nothing about any other: the session stays as old as it was.
  const fresh =
    flow.operation_hash === null
      ? {
          authenticatedAt: now,
          assurance: isAtLeast(session.assurance, grade) ? session.assurance : grade,
        }
      : {};
  const stepped = { ...session, ...fresh, stepUp };
  await tx.query(
    `UPDATE session SET authenticated_at = $2, assurance = $3::text, second_factor = $3::text <> 'PASSWORD' WHERE id = $1`,
    [session.id, stepped.authenticatedAt, stepped.assurance],
  );
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_step_up',
      outcome: 'success',
      subject: { type: 'Account', id: account.id },
      details: { sessionId: session.id, grade, bound: String(flow.operation_hash !== null) },
    },
  );
  const { device } = session;
  return {
    step: 'SESSION_ISSUED',
    session: await grantTokens(identity, tx, { session: stepped, account, device }),
  };
}

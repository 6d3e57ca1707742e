import { isAtLeast, type Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { findActive } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import type { FactorKind } from '../factors/factor.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { openFlow } from '../sign-in/transition-flow.ts';

const HASH = /^[A-Za-z0-9_-]{43}$/;

export type StepUpStart = { readonly flow: string; readonly factors: readonly FactorKind[] };

/**
 * Begins to prove again who one is, in a session that goes on (RFC 9470). Whoever works here does it with a strong factor;
 * clients with what they have, and by mail where they have nothing. A session that was opened with a strong factor is
 * freshened with one alone: else a mailed code would do what is kept for the authenticator, such as replacing it (A24). `operationHash` binds the proof to one operation, which
 * the gateway computes from what is really asked.
 */
export async function startStepUp(
  identity: Identity,
  { caller, operationHash }: { caller: Caller; operationHash: string | null },
): Promise<StepUpStart> {
  if (operationHash !== null && !HASH.test(operationHash))
    throw refused.badInput('The hash of an operation is SHA-256 in base64url, without padding.', {
      field: 'operationHash',
    });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    const account = await findActive(tx, session.accountId);
    if (!account || session.method === 'SERVICE_KEY') throw refused.unauthenticated();
    const listed = await listSignInFactors(tx, account, now);
    const needsStrong = account.kind === 'STAFF' || isAtLeast(session.assurance, 'STRONG');
    const offered = needsStrong ? listed.filter(({ grade }) => grade !== 'RESTRICTED') : listed;
    const flow = await openFlow(
      tx,
      {
        kind: 'STEP_UP',
        state: 'AWAITING_FACTOR',
        accountId: account.id,
        deviceId: session.deviceId,
        clientType: session.clientType,
        assurance: needsStrong ? 'STRONG' : null,
        sessionId: session.id,
        operationHash,
      },
      now,
    );
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_step_up_asked',
        outcome: 'success',
        subject: { type: 'Account', id: account.id },
        details: { sessionId: session.id, bound: String(operationHash !== null) },
      },
    );
    const factors: readonly FactorKind[] =
      offered.length > 0 || needsStrong ? offered.map(({ kind }) => kind) : ['EMAIL_CODE'];
    return { flow: flow.token, factors };
  });
}

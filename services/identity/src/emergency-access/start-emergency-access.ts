import { randomUUID } from 'node:crypto';
import { may, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { findActive } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { issueAccessToken } from '../sessions/grant-tokens.ts';
import { requireLiveSession, type OwnSession } from '../sessions/live-session.ts';
import { textPlace } from './emergency-access.ts';
import { lockEmergencyAccess, type EmergencyAccessRecord } from './read-emergency-accesses.ts';
import { tellOverseers } from './tell-overseers.ts';

const MINUTES_MAX = 60;
const REASON_MIN = 10;
const REASON_MAX = 1_000;
// A screen that was left alone is no emergency (RFC 9470).
const SIGN_IN_MAX_AGE_SECONDS = 15 * 60;
/** How long somebody else has to look at it, before its owner may open no other. */
export const REVIEW_WITHIN_MS = 72 * 60 * 60_000;

export type EmergencyStart =
  | { readonly access: EmergencyAccessRecord; readonly accessToken: string; readonly expiresAt: Date }
  | { readonly overdueSince: Date };

/**
 * Opens emergency access for the session of this request: says it in the audit log and to everybody who oversees it, and
 * answers with an access token that carries it. Refused while an earlier one of this person waits for its review for more
 * than 72 hours. One that runs already is ended first: each has its own reason and its own review.
 */
export async function startEmergencyAccess(
  identity: Identity,
  { caller, ability }: { caller: Caller; ability: Ability },
  input: { reason: string; minutes: number },
): Promise<EmergencyStart> {
  const reason = checked(input);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    const account = await findActive(tx, session.accountId);
    if (!account || !may(ability, 'start', 'EmergencyAccess', session)) throw refused.forbidden();
    requireRecentSecondFactor(caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
    // Two starts at once: one waits for the other, and ends what it has begun.
    await tx.query('SELECT 1 FROM session WHERE id = $1 FOR UPDATE', [session.id]);
    const overdueSince = await oldestOverdue(tx, session.accountId, now);
    if (overdueSince) {
      await recordRefusal(tx, { caller, now, accountId: session.accountId });
      return { overdueSince };
    }
    const id = await write(identity, tx, { session, reason, minutes: input.minutes, now });
    const access = await lockEmergencyAccess(identity, tx, id);
    const informed = await tellOverseers(identity, tx, {
      template: 'emergency-access-started',
      parameters: { until: access.until.toISOString(), reviewDueAt: access.reviewDueAt.toISOString() },
      now,
    });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'emergency_access_started',
        outcome: 'success',
        subject: { type: 'EmergencyAccess', id },
        dataSubjectId: session.accountId,
        details: { until: access.until.toISOString(), informed: String(informed) },
      },
    );
    const { token, expiresAt } = await issueAccessToken(identity, tx, { session, account });
    return { access, accessToken: token, expiresAt };
  });
}

function checked({ reason, minutes }: { reason: string; minutes: number }): string {
  const text = reason.trim();
  if (text.length < REASON_MIN || text.length > REASON_MAX) {
    throw refused.badInput(`Say in ${REASON_MIN} to ${REASON_MAX} characters what the emergency is.`, {
      field: 'reason',
    });
  }
  if (minutes < 1 || minutes > MINUTES_MAX) {
    throw refused.badInput(`Emergency access lasts 1 to ${MINUTES_MAX} minutes.`, { field: 'minutes' });
  }
  return text;
}

async function oldestOverdue(tx: Transaction, accountId: string, now: Date): Promise<Date | undefined> {
  const [overdue] = await tx.query<{ review_due_at: Date }>(
    `SELECT review_due_at FROM emergency_access WHERE account_id = $1 AND reviewed_at IS NULL AND review_due_at <= $2
     ORDER BY review_due_at LIMIT 1`,
    [accountId, now],
  );
  return overdue?.review_due_at;
}

async function write(
  { keyring }: Identity,
  tx: Transaction,
  { session, reason, minutes, now }: { session: OwnSession; reason: string; minutes: number; now: Date },
): Promise<string> {
  await tx.query(
    'UPDATE emergency_access SET ended_at = least(until, $2::timestamptz) WHERE session_id = $1 AND ended_at IS NULL',
    [session.id, now],
  );
  const id = randomUUID();
  const { accountId } = session;
  await tx.query(
    `INSERT INTO emergency_access (id, organization_id, account_id, session_id, reason, started_at, until, review_due_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      tx.organizationId,
      accountId,
      session.id,
      await keyring.seal(tx, textPlace({ id, accountId }, 'reason'), reason),
      now,
      new Date(now.getTime() + minutes * 60_000),
      new Date(now.getTime() + REVIEW_WITHIN_MS),
    ],
  );
  return id;
}

const recordRefusal = (
  tx: Transaction,
  { caller, now, accountId }: { caller: Caller; now: Date; accountId: string },
): Promise<void> =>
  recordAudit(
    tx,
    { caller, now },
    {
      action: 'emergency_access_refused',
      outcome: 'failure',
      subject: { type: 'Account', id: accountId },
      details: { reason: 'review_overdue' },
    },
  );

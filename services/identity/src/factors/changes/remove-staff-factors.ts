import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { demandTheirPerson } from '../../people/places-of-people.ts';
import { inSteppedUpSession, readId, readReason } from '../../people/stepped-up.ts';
import { endSessions } from '../../sessions/end-session.ts';
import { keepFormerFactor } from './factor-change.ts';
import { removeFactors } from './restore-factor.ts';
import { tellOfFactors } from './tell-of-factors.ts';

/** What became of it: how many sessions ended. */
export interface RemovedFactors {
  readonly removedAt: Date;
  readonly sessionsEnded: number;
}

/**
 * Takes every second factor off the account of a colleague who has lost them. Their sessions end, so that none is left
 * that claims a factor (A25), their devices are forgotten, and at the next sign-in the password lets them enrol and nothing
 * else. They are told, and can bring the authenticator back for a day: whoever talked a manager into it gains nothing.
 */
export const removeStaffFactors = (
  identity: Identity,
  { caller, id: typed, reason }: { caller: Caller; id: string; reason: string },
): Promise<RemovedFactors> =>
  inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    const why = readReason(reason);
    const id = readId(typed, 'staff member');
    if (id === by.accountId) throw refused.badInput('Another manager takes your own factors off.');
    const [account] = await tx.query(
      "SELECT 1 FROM account WHERE id = $1 AND kind = 'STAFF' AND state IN ('ACTIVE', 'SUSPENDED') FOR UPDATE",
      [id],
    );
    if (!account) throw refused.notFound('staff member');
    await demandTheirPerson(tx, caller, id);
    const { now } = by;
    const own = { accountId: by.accountId, reason: why };
    const changeId = await keepFormerFactor(identity, tx, { accountId: id, change: 'REMOVED', by: own, now });
    // The factors before the sessions: a sign-in that is just using one holds its row, so its session is here when they end.
    await removeFactors(tx, id, null);
    await tx.query(
      `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL
       WHERE account_id = $1 AND state IN ('AWAITING_FACTOR', 'AWAITING_ENROLMENT')`,
      [id],
    );
    const sessionsEnded = await endSessions(tx, {
      identity,
      accountId: id,
      reason: 'FACTOR_REMOVED',
      caller,
      now,
    });
    await tx.query('UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL', [
      id,
      now,
    ]);
    await tellOfFactors(identity, tx, { accountId: id, template: 'factors-removed-by-staff', changeId, now });
    await recordAudit(tx, by, {
      action: 'user_updated',
      outcome: 'success',
      subject: { type: 'Account', id },
      details: { factor: 'all', change: 'removed_by_staff', sessionsEnded: String(sessionsEnded) },
    });
    return { removedAt: now, sessionsEnded };
  });

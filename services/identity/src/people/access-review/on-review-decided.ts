import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import type { Role } from '@kept/passport';
import { recordAudit } from '../../audit.ts';

/**
 * A review of access has come to a decision. Revoked, or left without a decision until its end: the roles named go at once, and
 * with the last of them the account is suspended. Nobody's decision about themselves counts (A51), and the last manager stays,
 * because somebody has to be able to let others in; both are said in the audit log.
 */
export async function onReviewDecided(
  tx: Transaction,
  { payload, receivedAt: now }: ReceivedEvent<'access.review_decided'>,
): Promise<void> {
  const { reviewId, staffMemberId, decision, decidedBy } = payload;
  const say = (outcome: 'success' | 'failure', what: string): Promise<void> =>
    recordAudit(
      tx,
      { caller: { kind: 'SERVICE', accountId: null, requestId: 'access.review_decided' }, now },
      {
        action: 'access_review_applied',
        outcome,
        subject: { type: 'Account', id: staffMemberId },
        details: { review: reviewId, decision: decision.toLowerCase(), what },
      },
    );
  if (decidedBy === staffMemberId) return say('failure', 'own_access');
  if (decision === 'KEEP') return say('success', 'kept');
  const [account] = await tx.query<{ roles: Role[]; last: boolean }>(
    `SELECT a.roles, NOT EXISTS (SELECT FROM account b WHERE b.organization_id = a.organization_id AND b.id <> a.id
         AND b.kind = 'STAFF' AND b.state = 'ACTIVE' AND 'MANAGER' = ANY (b.roles)) AS last
     FROM account a WHERE a.id = $1 AND a.kind IN ('STAFF', 'SERVICE') AND a.state IN ('ACTIVE', 'SUSPENDED') FOR UPDATE`,
    [staffMemberId],
  );
  if (!account) return say('success', 'gone_already');
  const revoked = account.roles.filter((role) => payload.roles.includes(role));
  if (revoked.includes('MANAGER') && account.last) return say('failure', 'last_manager');
  await tx.query(
    `UPDATE time_boxed_role SET ended_at = $3
     WHERE account_id = $1 AND role = ANY ($2) AND state = 'APPROVED' AND ended_at IS NULL AND until > $3`,
    [staffMemberId, payload.roles, now],
  );
  await tx.query(
    'UPDATE role_grant SET ended_at = $3, ended_by = $4 WHERE account_id = $1 AND role = ANY ($2) AND ended_at IS NULL',
    [staffMemberId, revoked, now, decidedBy],
  );
  const left = account.roles.filter((role) => !revoked.includes(role));
  if (left.length > 0) await tx.query('UPDATE account SET roles = $2 WHERE id = $1', [staffMemberId, left]);
  else {
    await tx.query(
      "UPDATE session SET ended_at = $2, end_reason = 'SUSPENDED' WHERE account_id = $1 AND ended_at IS NULL",
      [staffMemberId, now],
    );
    await tx.query(
      "UPDATE account SET state = 'SUSPENDED', suspended_because = 'OTHER' WHERE id = $1 AND state = 'ACTIVE'",
      [staffMemberId],
    );
  }
  return say('success', left.length > 0 ? 'roles_revoked' : 'suspended');
}

/** One identity with one role, as a campaign of reviews asks about it. */
export interface AccessItem {
  readonly accountId: string;
  readonly kind: 'STAFF' | 'SERVICE';
  readonly state: 'ACTIVE' | 'SUSPENDED';
  readonly employment: 'EMPLOYEE' | 'VENDOR' | null;
  readonly role: Role;
  readonly locationId: string | null;
  readonly grantedBy: string | null;
  readonly grantedAt: Date | null;
  readonly lastActiveAt: Date;
}

/** Everybody and every program with each role they have for good, and who gave it: what a review begins with. */
export function readAccessSnapshot(tx: Transaction): Promise<AccessItem[]> {
  return tx.query<AccessItem>(
    `SELECT a.id AS "accountId", a.kind, a.state, a.employment, r.role, g.location_id AS "locationId",
       g.granted_by AS "grantedBy", g.granted_at AS "grantedAt", a.last_active_at AS "lastActiveAt"
     FROM account a CROSS JOIN unnest(a.roles) AS r (role)
     LEFT JOIN role_grant g ON g.account_id = a.id AND g.role = r.role AND g.ended_at IS NULL
     WHERE a.organization_id = $1 AND a.kind IN ('STAFF', 'SERVICE') AND a.state IN ('ACTIVE', 'SUSPENDED')
     ORDER BY a.id, r.role, g.granted_at, g.id`,
    [tx.organizationId],
  );
}

import type { Transaction } from '@kept/database';
import { defineJob } from '@kept/jobs';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import { suspendAccount } from '../staff/change-staff.ts';
import { readDormancyPolicy, type DormancyPolicy } from './dormancy-policy.ts';

/** Tells the owners of accounts that nobody uses, and closes them later. One attempt: the next run comes by itself. */
export const closeDormant = defineJob<Record<string, never>>({
  name: 'close-dormant-accounts',
  attempts: 1,
  timeoutMs: 60_000,
});

const BATCH = 100;
const DAY_MS = 24 * 3_600_000;
const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'close-dormant-accounts' } as const;

/** Once per notice: the UPDATE that finds an account also marks it, so that of any number of runs one tells. */
export async function closeDormantAccounts(identity: Identity): Promise<void> {
  const { database, clock } = identity;
  await database.forEachOrganization('close-dormant-accounts', async (tx) => {
    const now = clock();
    const policy = await readDormancyPolicy(tx);
    await tellOwners(identity, tx, { policy, now });
    await closeThose(tx, { policy, now });
  });
}

async function tellOwners(
  identity: Identity,
  tx: Transaction,
  { policy, now }: { policy: DormancyPolicy; now: Date },
): Promise<void> {
  const unused = await tx.query<{ id: string; owner_id: string | null }>(
    `UPDATE account SET dormant_notice_at = $2 WHERE id IN (
       SELECT id FROM account WHERE organization_id = $1 AND kind IN ('STAFF', 'SERVICE') AND state = 'ACTIVE'
         AND last_active_at <= $3 AND (dormant_notice_at IS NULL OR dormant_notice_at < last_active_at)
       ORDER BY last_active_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED) RETURNING id, owner_id`,
    [tx.organizationId, now, new Date(now.getTime() - policy.noticeAfterDays * DAY_MS)],
  );
  const suspendedAt = new Date(
    now.getTime() + (policy.suspendAfterDays - policy.noticeAfterDays) * DAY_MS,
  ).toISOString();
  for (const { id, owner_id: ownerId } of unused) {
    await queueMail(identity, tx, {
      mail: { accountId: ownerId ?? id, template: 'account-dormant', parameters: { suspendedAt } },
      now,
    });
    await record(tx, { id, now, action: 'dormant_account_noticed' });
  }
}

/** Whoever was told, and has had the whole time since: also where the job slept for weeks in between. */
async function closeThose(
  tx: Transaction,
  { policy, now }: { policy: DormancyPolicy; now: Date },
): Promise<void> {
  const graceMs = (policy.suspendAfterDays - policy.noticeAfterDays) * DAY_MS;
  const due = await tx.query<{ id: string }>(
    `SELECT id FROM account WHERE organization_id = $1 AND kind IN ('STAFF', 'SERVICE') AND state = 'ACTIVE'
       AND last_active_at <= $2 AND dormant_notice_at > last_active_at AND dormant_notice_at <= $3
     ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`,
    [
      tx.organizationId,
      new Date(now.getTime() - policy.suspendAfterDays * DAY_MS),
      new Date(now.getTime() - graceMs),
    ],
  );
  for (const { id } of due) {
    // The last manager stays: an organization that nobody runs could let nobody in again.
    const [last] = await tx.query(
      `SELECT FROM account a WHERE a.id = $1 AND a.kind = 'STAFF' AND 'MANAGER' = ANY (a.roles) AND NOT EXISTS (
         SELECT FROM account b WHERE b.organization_id = a.organization_id AND b.id <> a.id AND b.kind = 'STAFF'
           AND b.state = 'ACTIVE' AND 'MANAGER' = ANY (b.roles))`,
      [id],
    );
    if (last) continue;
    await suspendAccount(tx, { accountId: id, because: 'DORMANT', now });
    await record(tx, { id, now, action: 'account_suspended' });
  }
}

const record = (
  tx: Transaction,
  { id, now, action }: { id: string; now: Date; action: 'dormant_account_noticed' | 'account_suspended' },
): Promise<void> =>
  recordAudit(
    tx,
    { caller: BY_ITSELF, now },
    { action, outcome: 'success', subject: { type: 'Account', id }, details: { because: 'dormant' } },
  );

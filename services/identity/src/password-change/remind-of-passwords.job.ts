import { defineJob } from '@kept/jobs';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { readPasswordPolicy } from '../passwords/organization-policy.ts';

/** Tells staff whose password will be too old soon. One attempt: the next run comes by itself. */
export const remindOfPasswords = defineJob<Record<string, never>>({
  name: 'remind-of-passwords',
  attempts: 1,
  timeoutMs: 60_000,
});

const DAY_MS = 24 * 3_600_000;
// ASVS 6.4.5: with enough time to do it.
const NOTICES = [14, 7, 1] as const;
const BATCH = 200;
const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'remind-of-passwords' } as const;

/** Fourteen, seven and one day before, each once, also where several days were missed. */
export async function remindOfAgeingPasswords(identity: Identity): Promise<void> {
  const { database, clock } = identity;
  await database.forEachOrganization('remind-of-passwords', async (tx) => {
    const now = clock();
    const { staffMaxAgeDays } = await readPasswordPolicy(tx);
    if (staffMaxAgeDays === null) return;
    for (const days of NOTICES.toReversed()) {
      const due = await tx.query<{ account_id: string; changed_at: Date }>(
        `UPDATE password_credential SET reminded_at_days = $2 WHERE account_id IN (
           SELECT p.account_id FROM password_credential p JOIN account a ON a.id = p.account_id
           WHERE a.kind = 'STAFF' AND a.state = 'ACTIVE' AND p.must_change IS NULL
             AND p.changed_at <= $1::timestamptz - ($3::int - $2::int) * interval '24 hours'
             AND p.changed_at > $1::timestamptz - $3::int * interval '24 hours'
             AND (p.reminded_at_days IS NULL OR p.reminded_at_days > $2)
           ORDER BY p.changed_at LIMIT ${BATCH} FOR UPDATE OF p SKIP LOCKED)
         RETURNING account_id, changed_at`,
        [now, days, staffMaxAgeDays],
      );
      for (const { account_id: accountId, changed_at: changedAt } of due) {
        const endsAt = new Date(changedAt.getTime() + staffMaxAgeDays * DAY_MS).toISOString();
        const mail = { accountId, template: 'password-expires', parameters: { endsAt } } as const;
        await queueMail(identity, tx, { mail, now });
        await recordAudit(
          tx,
          { caller: BY_ITSELF, now },
          {
            action: 'password_expiry_told',
            outcome: 'success',
            subject: { type: 'Account', id: accountId },
            details: { daysBefore: String(days), endsAt },
          },
        );
      }
    }
  });
}

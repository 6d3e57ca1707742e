import { defineJob } from '@kept/jobs';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { tellOverseers } from './tell-overseers.ts';

/** Reminds those who oversee it of emergency accesses that nobody has reviewed. One attempt: the next run comes by itself. */
export const remindOfReviews = defineJob<Record<string, never>>({
  name: 'remind-of-reviews',
  attempts: 1,
  timeoutMs: 60_000,
});

const EVERY_HOURS = 24;
const BATCH = 100;
// The reminder is the service's own doing; nobody asked for it.
const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'remind-of-reviews' } as const;

/** Writes once a day for each, beginning a day after the start; says in the audit log which are overdue. */
export async function remindOfDueReviews(identity: Identity): Promise<void> {
  const { database, clock } = identity;
  await database.forEachOrganization('remind-of-reviews', async (tx) => {
    const now = clock();
    const due = await tx.query<{ id: string; account_id: string; review_due_at: Date }>(
      `UPDATE emergency_access SET reminded_at = $1 WHERE id IN (
         SELECT id FROM emergency_access
         WHERE reviewed_at IS NULL
           AND coalesce(reminded_at, started_at) <= $1::timestamptz - interval '${EVERY_HOURS} hours'
         ORDER BY started_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
       RETURNING id, account_id, review_due_at`,
      [now],
    );
    for (const { id, account_id: accountId, review_due_at: reviewDueAt } of due) {
      await tellOverseers(identity, tx, {
        template: 'emergency-access-review-due',
        parameters: { reviewDueAt: reviewDueAt.toISOString() },
        now,
      });
      if (reviewDueAt > now) continue;
      await recordAudit(
        tx,
        { caller: BY_ITSELF, now },
        {
          action: 'emergency_access_review_overdue',
          outcome: 'failure',
          subject: { type: 'EmergencyAccess', id },
          dataSubjectId: accountId,
        },
      );
    }
  });
}

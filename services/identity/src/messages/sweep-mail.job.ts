import { defineJob, type Carrier } from '@kept/jobs';
import type { Identity } from '../identity.ts';
import { sendMail } from './send-mail.job.ts';

/** Finds mails that wait although nothing in the queue knows of them: a lost Redis, a lost nudge, a dead process. */
export const sweepMail = defineJob<Record<string, never>>({
  name: 'sweep-mail',
  attempts: 1,
  timeoutMs: 60_000,
});

const BATCH = 500;

/** Puts due mails back into the queue, a batch for each organization. */
export async function sweepDueMail({ database, clock }: Identity, carrier: Carrier): Promise<void> {
  await database.forEachOrganization('sweep-mail', async (tx, organizationId) => {
    const due = await tx.query<{ id: string }>(
      `SELECT id FROM outgoing_mail WHERE state IN ('QUEUED', 'SENDING') AND due_at <= $1 ORDER BY due_at LIMIT ${BATCH}`,
      [clock()],
    );
    tx.afterCommit(() => {
      const entries = due.map(({ id }) => ({ data: { organizationId, mailId: id }, id }));
      // Not waited for: what does not get in is found by the next sweep.
      carrier.enqueueMany(sendMail, entries).catch(() => undefined);
    });
  });
}

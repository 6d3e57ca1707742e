import { defineJob, handler, type Carrier, type Handler } from '@kept/jobs';
import type { Scheduling } from '../scheduling.ts';
import { sendReminder } from './send-reminder.job.ts';

/** A reminder that waited longer than a sweep was lost by the queue, or its clock was moved: bring it back. */
export const sweepReminders = defineJob({ name: 'sweep-reminders', attempts: 1 });
const BATCH = 500;

export function sweepRemindersHandler(scheduling: Scheduling, carrier: Carrier): Handler {
  return handler(sweepReminders, () =>
    scheduling.database.forEachOrganization(sweepReminders.name, async (tx, organizationId) => {
      const due = await tx.query<{ id: string }>(
        `SELECT id FROM reminder WHERE state = 'WAITING' AND due_at <= $1 ORDER BY due_at LIMIT ${BATCH}`,
        [scheduling.clock()],
      );
      await carrier.enqueueMany(
        sendReminder,
        due.map(({ id }) => ({ id: `reminder-${id}`, data: { organizationId, reminderId: id } })),
      );
    }),
  );
}

import { defineJob, handler, type Carrier, type Handler } from '@kept/jobs';
import type { Scheduling } from '../scheduling.ts';
import { sendReminder } from './send-reminder.job.ts';

/** A reminder that waited longer than a sweep was lost by the queue, or its clock was moved: bring it back. */
export const sweepReminders = defineJob({ name: 'sweep-reminders', attempts: 1 });
const BATCH = 500;
const BATCHES_MAX = 20;

/** One due reminder, whoever's it is. */
export interface DueReminder {
  readonly reminderId: string;
  readonly organizationId: string;
}

/** What is due, oldest first, of all organizations with one look-up by index: nobody is asked who has nothing. */
export function findDueReminders(
  { database, clock }: Pick<Scheduling, 'database' | 'clock'>,
  after = 0,
): Promise<DueReminder[]> {
  return database.infrastructure(sweepReminders.name, (tx) =>
    tx.query<DueReminder>(
      `SELECT reminder_id AS "reminderId", organization_id AS "organizationId" FROM reminder_due
       WHERE due_at <= $1 ORDER BY due_at, reminder_id LIMIT ${BATCH} OFFSET $2`,
      [clock(), after],
    ),
  );
}

export function sweepRemindersHandler(scheduling: Scheduling, carrier: Carrier): Handler {
  return handler(sweepReminders, async () => {
    for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
      const due = await findDueReminders(scheduling, batch * BATCH);
      await carrier.enqueueMany(
        sendReminder,
        due.map((data) => ({ id: `reminder-${data.reminderId}`, data: { ...data } })),
      );
      if (due.length < BATCH) return;
    }
  });
}

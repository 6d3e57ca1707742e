import { defineJob, handler, type Carrier, type Handler } from '@kept/jobs';
import type { Scheduling } from '../scheduling.ts';
import { syncCalendar } from './sync-calendar.job.ts';

/** Brings every calendar that is due to be read. The rows are the truth; the queue may forget. */
export const sweepCalendars = defineJob({ name: 'sweep-calendars', attempts: 1 });
// Of one organization in one sweep: the rest is still due in the next.
const BATCH = 100;

export function sweepCalendarsHandler(scheduling: Scheduling, carrier: Carrier): Handler {
  return handler(sweepCalendars, () =>
    scheduling.database.forEachOrganization(sweepCalendars.name, async (tx, organizationId) => {
      const due = await tx.query<{ id: string; version: number }>(
        `SELECT id, version FROM calendar_connection WHERE next_sync_at <= $1 ORDER BY next_sync_at LIMIT ${BATCH}`,
        [scheduling.clock()],
      );
      await carrier.enqueueMany(
        syncCalendar,
        // One job per state of the row: while one waits, the next sweep adds none.
        due.map(({ id, version }) => ({
          id: `calendar-${id}-${version}`,
          data: { organizationId, connectionId: id },
        })),
      );
    }),
  );
}

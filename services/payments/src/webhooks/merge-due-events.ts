import type { Payments } from '../context.ts';
import { mergeProcessorEvent } from './merge-processor-event.ts';

const EVENTS_PER_RUN = 200;

/** Works off deferred events, and those whose job was lost; forgets finished ones after 30 days, as the processor does. */
export async function mergeDueEvents(payments: Payments): Promise<number> {
  const due = await payments.database.infrastructure('merge-due-events', async (tx) => {
    await tx.query(
      `DELETE FROM processor_event WHERE event_id IN (SELECT event_id FROM processor_event
         WHERE state IN ('DONE', 'IGNORED') AND received_at < $1::timestamptz - interval '30 days' LIMIT 1000)`,
      [payments.clock()],
    );
    // Their turn moves on at once: two sweeps do not do the same, and events that fail do not stand before the others.
    return tx.query<{ event_id: string }>(
      `UPDATE processor_event SET next_try_at = $1::timestamptz + interval '1 minute'
       WHERE event_id IN (SELECT event_id FROM processor_event
         WHERE state IN ('PENDING', 'DEFERRED') AND next_try_at <= $1 ORDER BY next_try_at LIMIT $2
         FOR UPDATE SKIP LOCKED)
       RETURNING event_id`,
      [payments.clock(), EVENTS_PER_RUN],
    );
  });
  for (const { event_id: eventId } of due) {
    try {
      await mergeProcessorEvent(payments, eventId);
    } catch (error) {
      payments.log.error({ err: error, eventId }, 'an event of the processor could not be merged');
    }
  }
  return due.length;
}

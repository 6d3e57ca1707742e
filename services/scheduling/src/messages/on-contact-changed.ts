import type { Transaction } from '@kept/database';
import type { EventPayload } from '@kept/events';

/**
 * A client has another address, or their earlier one back: links in mails to the other one open nothing any more (A38).
 * Mails from now on carry new ones.
 */
export async function onContactChanged(
  tx: Transaction,
  { clientId }: EventPayload<'contact.changed'>,
  now: Date,
): Promise<void> {
  // In the order of their bookings, as whoever makes a link for one holds that booking.
  await tx.query(
    `UPDATE manage_link SET revoked_at = $2, revoked_because = 'ROTATED'
     WHERE revoked_at IS NULL AND booking_id IN (
       SELECT id FROM booking WHERE client_id = $1 AND ends_at > $3 ORDER BY id FOR SHARE)`,
    [clientId, now, new Date(now.getTime() - 48 * 3_600_000)],
  );
}

import type { Transaction } from '@kept/database';
import type { BookedWindow } from '../arbiter/booked-window.ts';
import type { BookedResource } from '../offers/choose-offer.ts';
import type { Booking } from './booking.ts';

/** Writes down what a booking needs. */
async function writeResources(
  tx: Transaction,
  booking: Booking,
  resources: readonly BookedResource[],
): Promise<void> {
  if (resources.length === 0) return;
  await tx.query(
    `INSERT INTO booking_resource (organization_id, booking_id, resource_id, kind, role)
     SELECT $1, $2, r.id, r.kind, r.role FROM unnest($3::uuid[], $4::text[], $5::text[]) AS r (id, kind, role)`,
    [
      booking.organizationId,
      booking.id,
      resources.map(({ resourceId }) => resourceId),
      resources.map(({ kind }) => kind),
      resources.map(({ role }) => role),
    ],
  );
}

/** Writes down what a booking needs from now on, in place of what it needed before. */
export async function replaceResources(
  tx: Transaction,
  booking: Booking,
  resources: readonly BookedResource[],
): Promise<void> {
  await tx.query('DELETE FROM booking_resource WHERE booking_id = $1', [booking.id]);
  await writeResources(tx, booking, resources);
}

/** What a booking blocks, buffers included; nothing for a seat in a session, which the session blocks. */
export async function bookedWindows(tx: Transaction, booking: Booking): Promise<BookedWindow[]> {
  const rows = await tx.query<{ resource_id: string }>(
    'SELECT resource_id FROM booking_resource WHERE booking_id = $1 ORDER BY resource_id',
    [booking.id],
  );
  return booking.windows(rows.map((row) => row.resource_id));
}

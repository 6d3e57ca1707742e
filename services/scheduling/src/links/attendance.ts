import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';

/** When the clients of bookings said that they will come at the time these now have, by booking. */
export async function attendanceOf(
  tx: Transaction,
  bookings: readonly Pick<Booking, 'id' | 'startsAt'>[],
): Promise<Map<string, Date>> {
  const rows = await tx.query<{ booking_id: string; starts_at: Date; confirmed_at: Date }>(
    'SELECT booking_id, starts_at, confirmed_at FROM attendance_confirmation WHERE booking_id = ANY ($1)',
    [bookings.map(({ id }) => id)],
  );
  // Moved since, it was said of another time.
  const holds = rows.filter((row) =>
    bookings.some(
      ({ id, startsAt }) => id === row.booking_id && startsAt.getTime() === row.starts_at.getTime(),
    ),
  );
  return new Map(holds.map((row) => [row.booking_id, row.confirmed_at]));
}

/** Writes down that the client will come; saying it again changes nothing. */
export async function confirmAttendance(
  tx: Transaction,
  { id, organizationId, startsAt }: Pick<Booking, 'id' | 'organizationId' | 'startsAt'>,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO attendance_confirmation (booking_id, organization_id, starts_at, confirmed_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (booking_id) DO UPDATE SET starts_at = $3, confirmed_at = $4
     WHERE attendance_confirmation.starts_at <> $3`,
    [id, organizationId, startsAt, now],
  );
}

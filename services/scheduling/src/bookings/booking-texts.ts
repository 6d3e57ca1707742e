import type { Transaction } from '@kept/database';
import type { FieldPlace, Keyring } from '@kept/field-encryption';
import { invariant } from '@kept/subgraph-kit';
import type { Booking } from './booking.ts';

/** What a client wrote, in clear. */
export interface BookingTexts {
  readonly notes: string | null;
  readonly cancellationReason: string | null;
}

type TextColumn = 'notes' | 'cancellation_reason' | 'override_reason';

/** Where a text stands: bound into its envelope, so that moved to another row or column it does not open. */
export function textPlace(booking: { id: string; clientId: string }, column: TextColumn): FieldPlace {
  return {
    subjectId: booking.clientId,
    fieldClass: 'sensitive',
    table: 'booking',
    column,
    rowId: booking.id,
  };
}

/** Opens the texts of many bookings with one look for their keys. */
export async function openBookingTexts(
  tx: Transaction,
  keyring: Keyring,
  bookings: readonly Booking[],
): Promise<Map<string, BookingTexts>> {
  const fields = bookings.flatMap((booking) => [
    { place: textPlace(booking, 'notes'), envelope: booking.notes },
    { place: textPlace(booking, 'cancellation_reason'), envelope: booking.cancellationReason },
  ]);
  const texts = await keyring.openMany(tx, fields);
  invariant(texts.length === bookings.length * 2, 'openMany answers in the order asked');
  return new Map(
    bookings.map((booking, index) => [
      booking.id,
      { notes: texts[index * 2] ?? null, cancellationReason: texts[index * 2 + 1] ?? null },
    ]),
  );
}

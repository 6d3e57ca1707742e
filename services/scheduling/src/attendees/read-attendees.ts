import type { Transaction } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import type { Relation } from '../schema-types.ts';
import { attendeePlace } from './attendee-place.ts';

/** Somebody who comes, as people read it. */
export interface Attendee {
  readonly clientId: string;
  /** Whose booking it is; with the client this decides who may know. */
  readonly providerId: string;
  readonly position: number;
  /** Null where the client's keys are gone. */
  readonly name: string | null;
  readonly phone: string | null;
  readonly relation: Relation | null;
}

interface AttendeeRow {
  booking_id: string;
  client_id: string;
  provider_id: string;
  position: number;
  name: Buffer;
  phone: Buffer | null;
  relation: Relation | null;
}

/** Who comes to these bookings, opened with one look for the keys. */
export async function readAttendees(
  tx: Transaction,
  keyring: Keyring,
  bookingIds: readonly string[],
): Promise<Map<string, Attendee[]>> {
  const rows = await tx.query<AttendeeRow>(
    `SELECT a.booking_id, a.client_id, b.provider_id, a.position, a.name, a.phone, d.relation
     FROM attendee a JOIN booking b ON b.id = a.booking_id LEFT JOIN dependent d ON d.id = a.dependent_id
     WHERE a.booking_id = ANY ($1::uuid[]) ORDER BY a.booking_id, a.position`,
    [bookingIds],
  );
  const texts = await keyring.openMany(
    tx,
    rows.flatMap((row) => {
      const booking = { id: row.booking_id, clientId: row.client_id };
      return [
        { place: attendeePlace(booking, row.position, 'name'), envelope: row.name },
        { place: attendeePlace(booking, row.position, 'phone'), envelope: row.phone },
      ];
    }),
  );
  const found = new Map<string, Attendee[]>(bookingIds.map((id) => [id, []]));
  for (const [index, row] of rows.entries()) {
    const { booking_id, client_id, provider_id, position, relation } = row;
    const name = texts[index * 2] ?? null;
    const phone = texts[index * 2 + 1] ?? null;
    found
      .get(booking_id)
      ?.push({ clientId: client_id, providerId: provider_id, position, name, phone, relation });
  }
  return found;
}

import type { Transaction } from '@kept/database';
import type { NoteMember, NoteRecipient, SealedNote } from '../schema-types.ts';
import type { NoteEnvelope } from './note-envelope.ts';

/** The two people that a sealed note of a booking is for. */
export interface Members {
  readonly id: string;
  readonly clientId: string;
  readonly providerId: string;
}

/** The devices of the members of many bookings, by booking: one query. */
export async function readRecipients(
  tx: Transaction,
  bookings: readonly Members[],
): Promise<Map<string, NoteRecipient[]>> {
  const people = bookings.flatMap(({ clientId, providerId }) => [clientId, providerId]);
  const rows = await tx.query<{ person_id: string; thumbprint: string; public_x: string }>(
    `SELECT person_id, thumbprint, public_x FROM note_key WHERE person_id = ANY ($1) AND revoked_at IS NULL
     ORDER BY registered_at, id`,
    [people],
  );
  const of = (personId: string, member: NoteMember): NoteRecipient[] =>
    rows
      .filter((row) => row.person_id === personId)
      .map((row) => ({ kid: row.thumbprint, member, x: row.public_x }));
  return new Map(
    bookings.map((booking) => [
      booking.id,
      [...of(booking.clientId, 'CLIENT'), ...of(booking.providerId, 'PROVIDER')],
    ]),
  );
}

/** The sealed notes of many bookings, by booking: two queries. */
export async function readNotes(
  tx: Transaction,
  bookings: readonly Members[],
): Promise<Map<string, SealedNote>> {
  const rows = await tx.query<{
    booking_id: string;
    jwe: NoteEnvelope;
    version: number;
    needs_rewrap: boolean;
    written_by: string;
    written_at: Date;
  }>(
    'SELECT booking_id, jwe, version, needs_rewrap, written_by, written_at FROM sealed_note WHERE booking_id = ANY ($1)',
    [bookings.map(({ id }) => id)],
  );
  const recipients = await readRecipients(tx, bookings);
  const notes = new Map<string, SealedNote>();
  for (const booking of bookings) {
    const row = rows.find((candidate) => candidate.booking_id === booking.id);
    if (row === undefined) continue;
    const wrapped = row.jwe.recipients.map(({ header }) => header.kid);
    notes.set(booking.id, {
      jwe: JSON.stringify(row.jwe),
      version: row.version,
      writtenAt: row.written_at,
      writtenBy: memberOf(booking, row.written_by),
      needsRewrap: row.needs_rewrap || !sameKeys(wrapped, recipients.get(booking.id) ?? []),
    });
  }
  return notes;
}

/** Whether a note is wrapped for exactly these devices, each once. */
export function sameKeys(wrapped: readonly string[], recipients: readonly NoteRecipient[]): boolean {
  const wanted = recipients.map(({ kid }) => kid).toSorted();
  return wrapped.length === wanted.length && wrapped.toSorted().every((kid, index) => kid === wanted[index]);
}

function memberOf(booking: Members, personId: string): NoteMember | null {
  if (personId === booking.clientId) return 'CLIENT';
  return personId === booking.providerId ? 'PROVIDER' : null;
}

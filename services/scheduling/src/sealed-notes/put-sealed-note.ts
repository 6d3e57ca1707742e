import { mayRead } from '@kept/access-policy';
import { onceByKey } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Booking } from '../bookings/booking.ts';
import { findBooking, lockBooking } from '../bookings/find-booking.ts';
import { versionConflict, violationOf } from '../bookings/violations.ts';
import type { PolicyViolation, VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import type {
  BookingStatus,
  NoteMember,
  NoteRecipient,
  PutSealedNoteInput,
  SealedNote,
} from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { readEnvelope } from './note-envelope.ts';
import { readNotes, readRecipients, sameKeys } from './read-notes.ts';

interface RecipientsDiffer {
  __typename: 'NoteRecipientsDiffer';
  message: string;
  recipients: NoteRecipient[];
  missing: NoteMember | null;
}

const WITHOUT_NOTE: readonly BookingStatus[] = ['UNVERIFIED', 'EXPIRED', 'DECLINED', 'CANCELLED'];

/** Keeps a note that only the members' devices can open. Its form and its recipients are checked; the rest cannot be. */
export function putSealedNote(context: SchedulingContext, input: PutSealedNoteInput) {
  const bookingId = readId(input.bookingId, 'bookingId');
  const expectedVersion = readCount(input.expectedVersion, {
    field: 'expectedVersion',
    min: 0,
    max: 1_000_000,
  });
  const envelope = readEnvelope(input.jwe, { bookingId, version: expectedVersion + 1 });
  const { caller } = context;
  return settle<
    { __typename: 'SealedNoteKept'; note: SealedNote },
    RecipientsDiffer | PolicyViolation | VersionConflict
  >((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'putSealedNote',
        key: input.idempotencyKey,
        request: { bookingId, expectedVersion, envelope },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, bookingId);
        demandMember(context, booking);
        if (WITHOUT_NOTE.includes(booking.statusAt(now))) throw notDone(violationOf('NOT_ACTIVE'));
        const before = (await readNotes(tx, [booking])).get(bookingId)?.version ?? 0;
        if (before !== expectedVersion) throw notDone(versionConflict(before));
        const recipients = (await readRecipients(tx, [booking])).get(bookingId) ?? [];
        const missing = memberWithoutKey(recipients);
        const kids = envelope.recipients.map(({ header }) => header.kid);
        if (missing !== null || !sameKeys(kids, recipients)) throw notDone(differ(recipients, missing));
        await tx.query(
          `INSERT INTO sealed_note (booking_id, organization_id, client_id, version, jwe, written_by, written_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (booking_id) DO UPDATE SET version = $4, jwe = $5, needs_rewrap = false, written_by = $6, written_at = $7`,
          [
            bookingId,
            tx.organizationId,
            booking.clientId,
            before + 1,
            JSON.stringify(envelope),
            caller.accountId,
            now,
          ],
        );
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'sealed_note_written',
          subject: { type: 'Booking', id: bookingId },
          dataSubjectId: booking.clientId,
          at: now,
          details: { version: String(before + 1), recipients: String(kids.length) },
        });
        return { version: before + 1 };
      });
      const booking = await findBooking(tx, bookingId);
      // Once more, for a repetition: whoever was a member when they wrote may be none any more.
      demandMember(context, booking);
      const note = (await readNotes(tx, [booking])).get(bookingId);
      invariant(note, 'a note that was kept is there as long as its booking');
      return { __typename: 'SealedNoteKept', note };
    }),
  );
}

/** The client and the booked provider: who may read the note may write it, and nobody else, whatever their role. */
function demandMember({ ability }: SchedulingContext, booking: Booking | null): asserts booking is Booking {
  if (booking === null || !mayRead(ability, 'Booking', booking)) throw refused.notFound('booking');
  if (!mayRead(ability, 'Booking', booking, 'sealedNote')) throw refused.forbidden();
}

function memberWithoutKey(recipients: readonly NoteRecipient[]): NoteMember | null {
  const has = (member: NoteMember): boolean => recipients.some((recipient) => recipient.member === member);
  if (!has('CLIENT')) return 'CLIENT';
  return has('PROVIDER') ? null : 'PROVIDER';
}

const differ = (recipients: NoteRecipient[], missing: NoteMember | null): RecipientsDiffer => ({
  __typename: 'NoteRecipientsDiffer',
  message:
    missing === null
      ? 'The devices have changed in the meantime. Please write the note once more.'
      : 'The other side has no device that could read it yet. They must open the app once.',
  recipients,
  missing,
});

import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Booking } from '../bookings/booking.ts';
import { changeBooking } from '../bookings/change-booking.ts';
import { violationOf, type PolicyViolation } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { AttendeeInput, SetAttendeesInput } from '../schema-types.ts';
import { attendeePlace } from './attendee-place.ts';
import { readDependents } from './dependents.ts';
import { nameFingerprint, phoneFingerprint, readName, readPhone } from './person-name.ts';

export const ATTENDEES_MAX = 20;

/** Somebody who comes: of the client's list, or by name. */
type Attendance = { dependentId: string } | { name: string; phone: string | null };

interface AttendeesSet {
  __typename: 'AttendeesSet';
  booking: Booking | null;
}

/**
 * Says who comes, in place of what was said before. Clients say so while they book; once an appointment stands, staff change
 * it, who have spoken with somebody. The rules look at what clients say when the booking is about to stand (INC-12).
 */
export async function setAttendees(context: SchedulingContext, input: SetAttendeesInput) {
  const { caller } = context;
  const attendances = readAttendances(input.attendees);
  const outcome = await changeBooking<{ count: number }, PolicyViolation>(
    context,
    { verb: 'attend', operation: 'setAttendees', input, more: { attendances } },
    async ({ tx, booking, now, notDone }) => {
      const byStaff = caller.kind === 'STAFF';
      const held = booking.isHeld() && booking.statusAt(now) !== 'EXPIRED';
      const asked = booking.isUndecided() || booking.status === 'CONFIRMED';
      const open = asked && booking.startsAt > now;
      if (!held && !open) throw notDone(violationOf('NOT_ACTIVE'));
      if (!held && !byStaff) throw notDone(violationOf('ONLY_BY_STAFF'));
      await tx.query('DELETE FROM attendee WHERE booking_id = $1', [booking.id]);
      await insertAttendees(tx, context, { booking, attendances, now });
      await recordChange(tx, {
        actor: actorOf(caller),
        action: 'attendees_set',
        subject: { type: 'Booking', id: booking.id },
        dataSubjectId: booking.clientId,
        at: now,
        details: { count: String(attendances.length) },
      });
      return { count: attendances.length };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'AttendeesSet', booking: outcome.booking } satisfies AttendeesSet;
}

function readAttendances(given: readonly AttendeeInput[]): Attendance[] {
  const field = 'attendees';
  if (given.length > ATTENDEES_MAX) {
    throw refused.badInput(`A booking is for at most ${ATTENDEES_MAX} people.`, { field });
  }
  return given.map(({ dependentId, name, phone }) => {
    if ((dependentId == null) === (name == null)) {
      throw refused.badInput('Say of each person either "dependentId" or "name".', { field });
    }
    if (dependentId != null) return { dependentId: readId(dependentId, 'dependentId') };
    return { name: readName(name ?? '', 'name'), phone: readPhone(phone, 'phone') };
  });
}

async function insertAttendees(
  tx: Transaction,
  { caller, scheduling }: SchedulingContext,
  { booking, attendances, now }: { booking: Booking; attendances: readonly Attendance[]; now: Date },
): Promise<void> {
  const { keyring } = scheduling;
  const { clientId } = booking;
  const ids = attendances.flatMap((one) => ('dependentId' in one ? [one.dependentId] : []));
  const dependents = ids.length === 0 ? [] : await readDependents(tx, scheduling, { clientId, ids });
  const listed = new Map(dependents.map((dependent) => [dependent.id, dependent.name]));
  for (const [index, one] of attendances.entries()) {
    const dependentId = 'dependentId' in one ? one.dependentId : null;
    const name = 'name' in one ? one.name : listed.get(one.dependentId);
    if (name == null) throw refused.notFound('dependent');
    const phone = 'phone' in one ? one.phone : null;
    const position = index + 1;
    const indexOf = (column: 'name' | 'phone', text: string) =>
      keyring.blindIndex(tx, { table: 'attendee', column }, text);
    const seal = (column: 'name' | 'phone', text: string) =>
      keyring.seal(tx, attendeePlace(booking, position, column), text);
    await tx.query(
      `INSERT INTO attendee (booking_id, organization_id, position, client_id, dependent_id, name, phone, name_index,
         phone_index, added_by_staff, added_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        booking.id,
        booking.organizationId,
        position,
        clientId,
        dependentId,
        await seal('name', name),
        phone === null ? null : await seal('phone', phone),
        await indexOf('name', nameFingerprint(name)),
        phone === null ? null : await indexOf('phone', phoneFingerprint(phone)),
        caller.kind === 'STAFF' ? caller.accountId : null,
        now,
      ],
    );
  }
}

import { onceByKey, type Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { invariant } from '@kept/subgraph-kit';
import { moveWindows } from '../arbiter/move-windows.ts';
import { recordChange } from '../audit/record-change.ts';
import { deadlineBefore } from '../availability/engine/deadline.ts';
import { refusalOfStart } from '../availability/engine/offer.ts';
import { openZone } from '../availability/engine/zone.ts';
import { readWorkingTimes } from '../availability/read-calendars.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readStart } from '../input.ts';
import { tellBothSides } from '../messages/tell-both-sides.ts';
import { dropReminders, planReminder } from '../reminders/plan-reminder.ts';
import type { PolicyCode, RescheduleBookingInput } from '../schema-types.ts';
import { Service } from '../services/service.ts';
import { settle } from '../settle.ts';
import type { Booking } from './booking.ts';
import { demandVerb, findBooking, lockBooking } from './find-booking.ts';
import { saveBooking } from './save-booking.ts';
import { slotUnavailable, versionConflict, violationOf } from './violations.ts';
import type { PolicyViolation, SlotUnavailable, VersionConflict } from './violations.ts';

interface Rescheduled {
  __typename: 'BookingRescheduled';
  booking: Booking | null;
}

/** Moves a booking to another time. It keeps its id, and its old time until the new one is taken. */
export function rescheduleBooking(context: SchedulingContext, input: RescheduleBookingInput) {
  const id = readId(input.bookingId, 'bookingId');
  const startsAt = readStart(input.startsAt, 'startsAt');
  const { caller, scheduling } = context;
  return settle<Rescheduled, SlotUnavailable | PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'rescheduleBooking',
        key: input.idempotencyKey,
        request: { id, startsAt, expectedVersion: input.expectedVersion },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, id);
        demandVerb(context.ability, 'reschedule', booking);
        if (booking.version !== input.expectedVersion) throw notDone(versionConflict(booking.version));
        const code = refusalOfMove(booking, now) ?? (await refusalOfTarget(tx, booking, { startsAt, now }));
        if (code !== null) throw notDone(violationOf(code));
        booking.reschedule(startsAt);
        const moved = await moveWindows(tx, { bookingId: id, windows: booking.windows(), now });
        if (!moved) throw notDone(slotUnavailable);
        await saveBooking(tx, booking);
        await dropReminders(tx, id, 'RESCHEDULED');
        await planReminder(tx, scheduling, { booking, now });
        await publish(tx, 'booking.rescheduled', {
          bookingId: id,
          clientId: booking.clientId,
          providerId: booking.providerId,
          startsAt: booking.startsAt.toISOString(),
          endsAt: booking.endsAt.toISOString(),
          version: booking.version,
        });
        await tellBothSides(tx, booking, { template: 'booking-rescheduled', now });
        await recordChange(tx, {
          actor: caller,
          action: 'booking_rescheduled',
          subject: { type: 'Booking', id },
          dataSubjectId: booking.clientId,
          at: now,
          details: { version: String(booking.version) },
        });
        return { bookingId: id };
      });
      return { __typename: 'BookingRescheduled', booking: await findBooking(tx, id) };
    }),
  );
}

/** Whether a booking can still be moved at all: up to and at the deadline on the appointment's own calendar. */
export function refusalOfMove(booking: Booking, now: Date): PolicyCode | null {
  if (booking.status !== 'CONFIRMED') return 'NOT_ACTIVE';
  if (now >= booking.startsAt) return 'ALREADY_STARTED';
  if (booking.rescheduleCount >= booking.reschedulesMax) return 'RESCHEDULE_LIMIT';
  const start = booking.startsAt.getTime() / 60_000;
  const deadline = deadlineBefore(openZone(booking.timeZone), start, booking.rescheduleWindowMinutes);
  return now.getTime() <= deadline * 60_000 ? null : 'RESCHEDULE_WINDOW';
}

async function refusalOfTarget(
  tx: Transaction,
  booking: Booking,
  { startsAt, now }: { startsAt: Date; now: Date },
): Promise<PolicyCode | null> {
  const service = await tx.manager.findOne(Service, { where: { id: booking.serviceId } });
  invariant(service, 'services are never deleted');
  const startMinute = startsAt.getTime() / 60_000;
  // The length it was booked with, even when the service has changed since.
  const durationMinutes = (booking.endsAt.getTime() - booking.startsAt.getTime()) / 60_000;
  const [time] = await readWorkingTimes(tx, {
    serviceId: booking.serviceId,
    providerId: booking.providerId,
    range: { start: startMinute, end: startMinute + durationMinutes },
  });
  if (time === undefined) return 'NOT_OFFERED';
  const nowMinute = now.getTime() / 60_000;
  return refusalOfStart(time, { ...service, durationMinutes }, { startMinute, nowMinute });
}

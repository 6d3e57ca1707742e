import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf, type Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { Booking } from '../bookings/booking.ts';
import { demandVerb } from '../bookings/find-booking.ts';
import { moveBooking } from '../bookings/move-booking.ts';
import { refusalOfMove } from '../bookings/reschedule-booking.ts';
import {
  versionConflict,
  violationOf,
  type PolicyViolation,
  type VersionConflict,
} from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readStart } from '../input.ts';
import type { OfferRequest } from '../offers/choose-offer.ts';
import type { RescheduleSeriesInput } from '../schema-types.ts';
import { lockTimesOf } from '../offers/counters-gate.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { lockMeant, type MeantBooking } from './lock-meant.ts';
import { planned, type OccurrenceRefusal, type PlannedOccurrence } from './planned-occurrence.ts';
import { findSeries, lockSeries, saveSeriesChange, type Series } from './series.ts';

interface SeriesRescheduled {
  __typename: 'SeriesRescheduled';
  series: Series | null;
  movedCount: number;
}
interface SeriesNotMoved {
  __typename: 'SeriesNotMoved';
  message: string;
  occurrences: PlannedOccurrence[];
}

/** Moves appointments of a series by one step on the wall clock: all that are meant, or none. Each stays the same booking. */
export function rescheduleSeries(context: SchedulingContext, input: RescheduleSeriesInput) {
  const seriesId = readId(input.seriesId, 'seriesId');
  const bookingId = readId(input.bookingId, 'bookingId');
  const startsAt = readStart(input.startsAt, 'startsAt');
  const { scope, expectedVersion } = input;
  const { caller } = context;
  return settle<SeriesRescheduled, SeriesNotMoved | PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'rescheduleSeries',
        key: input.idempotencyKey,
        request: { seriesId, bookingId, startsAt, scope, expectedVersion },
      };
      const { movedCount } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        const series = await lockSeries(tx, context.ability, seriesId);
        if (series.version !== expectedVersion) throw notDone(versionConflict(series.version));
        const meant = await lockMeant(tx, { seriesId, scope, bookingId });
        const shown = meant.find(({ booking }) => booking.id === bookingId)?.booking;
        if (shown === undefined) throw refused.notFound('booking of this series');
        const step = wallStep(shown, startsAt);
        if (step === 0)
          throw refused.badInput('"startsAt" is where the appointment is.', { field: 'startsAt' });
        const open = meant.filter(({ booking }) => booking.status === 'CONFIRMED' && booking.startsAt > now);
        if (!open.some(({ booking }) => booking.id === bookingId)) throw notDone(violationOf('NOT_ACTIVE'));
        const actor = actorOf(caller, { channel: 'SERIES' });
        await lockTimesOf(
          tx,
          open.map(({ booking }) => booking.id),
        );
        const moved = await moveAll(tx, context, { open, step, actor, now });
        if (moved.some(({ available }) => !available)) throw notDone(notMoved(moved));
        await saveSeriesChange(tx, series);
        await recordChange(tx, {
          actor,
          action: 'series_rescheduled',
          subject: { type: 'BookingSeries', id: seriesId },
          dataSubjectId: series.clientId,
          at: now,
          details: { moved: String(moved.length), scope },
        });
        return { movedCount: moved.length };
      });
      return { __typename: 'SeriesRescheduled', series: await findSeries(tx, seriesId), movedCount };
    }),
  );
}

/** Minutes by which the wall clock shows another time: a step over a change of the clocks keeps the hour. */
function wallStep(booking: Booking, startsAt: Date): number {
  const zone = openZone(booking.timeZone);
  const wall = (at: Date): number => at.getTime() / 60_000 + zone.offsetAt(at.getTime() / 60_000);
  return wall(startsAt) - wall(booking.startsAt);
}

/** Where a step on the wall clock of its zone leads an appointment. */
function afterStep(booking: Pick<Booking, 'timeZone' | 'startsAt'>, step: number): Date {
  const zone = openZone(booking.timeZone);
  const minute = booking.startsAt.getTime() / 60_000;
  return new Date(zone.instantOf(minute + zone.offsetAt(minute) + step) * 60_000);
}

/** The one ahead goes first, or a series that moves by its own interval would be in its own way. */
async function moveAll(
  tx: Transaction,
  context: SchedulingContext,
  moving: { open: readonly MeantBooking[]; step: number; actor: Actor; now: Date },
): Promise<PlannedOccurrence[]> {
  const { step, actor, now } = moving;
  const ahead = moving.open.toSorted(
    (one, other) => Math.sign(step) * (other.booking.startsAt.getTime() - one.booking.startsAt.getTime()),
  );
  const moved: PlannedOccurrence[] = [];
  for (const { position, booking } of ahead) {
    demandVerb(context.ability, 'reschedule', booking);
    const startsAt = afterStep(booking, step);
    const code = refusalOfMove(booking, now);
    const refusal: OccurrenceRefusal | null =
      code === null ? await moveOne(tx, context, { booking, startsAt, actor, now }) : violationOf(code);
    moved.push(planned({ position, startsAt }, refusal));
  }
  return moved.toSorted((one, other) => one.position - other.position);
}

async function moveOne(
  tx: Transaction,
  { scheduling }: SchedulingContext,
  { booking, startsAt, actor, now }: { booking: Booking; startsAt: Date; actor: Actor; now: Date },
): Promise<OccurrenceRefusal | null> {
  const offer: OfferRequest = {
    serviceId: booking.serviceId,
    variantId: booking.variantId,
    addOnIds: booking.addOnIds,
    locationId: booking.locationId,
    providerId: booking.providerId,
    startsAt,
    seats: booking.seats,
    now,
    clientId: booking.clientId,
    movingBookingId: booking.id,
    rules: 'CLIENT',
  };
  const moved = await moveBooking(tx, scheduling, { booking, offer, actor, now, reason: null });
  return '__typename' in moved ? moved : null;
}

function notMoved(occurrences: PlannedOccurrence[]): SeriesNotMoved {
  return {
    __typename: 'SeriesNotMoved',
    message: 'Not all of these appointments can be moved like that, so none was. Please choose another time.',
    occurrences,
  };
}

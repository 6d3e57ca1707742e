import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf, type Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { acceptHold } from '../bookings/accept-hold.ts';
import { holdSlot, type HeldSlot } from '../bookings/hold-slot.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readText } from '../input.ts';
import { findPass, type PassRefused } from '../passes/pass.ts';
import { haveCounters } from '../offers/counters-gate.ts';
import { redeemPass } from '../passes/redeem-pass.ts';
import { maskNotes } from '../intake/mask-notes.ts';
import type { BookSeriesInput, Money } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { planned, reasonOf, type OccurrenceRefusal, type PlannedOccurrence } from './planned-occurrence.ts';
import { offerOf, placeSeries, readSeriesRequest, type SeriesRequest } from './read-series-request.ts';
import { findSeries, type Series } from './series.ts';
import { tellOfSeries } from './tell-of-series.ts';

interface SeriesBooked {
  __typename: 'SeriesBooked';
  series: Series | null;
  bookedCount: number;
}
interface SeriesNotBooked {
  __typename: 'SeriesNotBooked';
  message: string;
  occurrences: PlannedOccurrence[];
}
interface SeriesNeedsPayment {
  __typename: 'SeriesNeedsPayment';
  message: string;
  depositDue: Money;
}

/** One time of the series: taken, or what stands against it. */
interface Occurrence {
  position: number;
  startsAt: Date;
  got: HeldSlot | OccurrenceRefusal;
}

/**
 * Books a time that repeats, in one transaction: whatever goes wrong, even with the last of a hundred, leaves nothing
 * behind. The arbiter decides each time, limits count each, a pass pays for each; the client is told once.
 */
export function bookSeries(context: SchedulingContext, input: BookSeriesInput) {
  const asked = readSeriesRequest(context, input);
  const { notes } = maskNotes(readText(input.notes, { field: 'notes', lengthMax: 2000 }), 'notes');
  const passId = input.passId == null ? null : readId(input.passId, 'passId');
  const { mode } = input;
  const { caller } = context;
  return settle<SeriesBooked, SeriesNotBooked | SeriesNeedsPayment | PassRefused>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'bookSeries',
        key: input.idempotencyKey,
        request: { ...asked, notes, passId, mode },
      };
      const { seriesId, bookedCount } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        const actor = actorOf(caller, { channel: 'SERIES' });
        const { timeZone, starts } = await placeSeries(tx, context, asked);
        await haveCounters(tx);
        const occurrences = await takeAll(tx, context, { asked, starts, notes, actor, now });
        const taken = occurrences.flatMap(({ got }) => ('hold' in got ? [got] : []));
        if (taken.length === 0 || (mode === 'ALL_OR_NOTHING' && taken.length < occurrences.length)) {
          throw notDone(notBooked(occurrences));
        }
        const due = taken[0]?.booking;
        if (passId === null && due?.depositMinor != null) {
          throw notDone(needsPayment({ amountMinor: due.depositMinor, currency: due.currency }));
        }
        for (const held of taken) {
          const accepted = await acceptHold(tx, context.scheduling, { ...held, actor, now });
          invariant(!('message' in accepted), 'what was taken in this transaction is accepted in it');
        }
        if (passId !== null) {
          const refusal = await payWithPass(tx, context, { passId, taken, now });
          if (refusal !== null) throw notDone(refusal);
        }
        const series = { id: randomUUID(), asked, timeZone, occurrences, taken, actor, now };
        await writeSeries(tx, series);
        return { seriesId: series.id, bookedCount: taken.length };
      });
      return { __typename: 'SeriesBooked', series: await findSeries(tx, seriesId), bookedCount };
    }),
  );
}

/** Asks the arbiter for each time, in order: two series that meet never wait for each other crosswise. */
async function takeAll(
  tx: Transaction,
  { scheduling }: SchedulingContext,
  series: { asked: SeriesRequest; starts: readonly Date[]; notes: string | null; actor: Actor; now: Date },
): Promise<Occurrence[]> {
  const { asked, notes, actor, now } = series;
  const occurrences: Occurrence[] = [];
  for (const [index, startsAt] of series.starts.entries()) {
    const offer = offerOf(asked, { startsAt, now });
    const client = { id: asked.clientId };
    const got = await holdSlot(tx, scheduling, { offer, client, notes, actor, now, origin: 'SERIES' });
    occurrences.push({ position: index + 1, startsAt, got });
  }
  return occurrences;
}

/** One credit for each, after everything else is taken: passes are locked last. */
async function payWithPass(
  tx: Transaction,
  { ability }: SchedulingContext,
  { passId, taken, now }: { passId: string; taken: readonly HeldSlot[]; now: Date },
): Promise<PassRefused | null> {
  const pass = await findPass(tx, passId);
  if (pass === null || !may(ability, 'redeem', 'Pass', pass)) throw refused.notFound('pass');
  for (const { booking } of taken) {
    const refusal = await redeemPass(tx, { passId, booking, now });
    if (refusal !== null) return refusal;
  }
  return null;
}

async function writeSeries(
  tx: Transaction,
  series: {
    id: string;
    asked: SeriesRequest;
    timeZone: string;
    occurrences: readonly Occurrence[];
    taken: readonly HeldSlot[];
    actor: Actor;
    now: Date;
  },
): Promise<void> {
  const { id, asked, occurrences, taken, actor, now } = series;
  const first = taken[0]?.booking;
  const last = taken.at(-1)?.booking;
  invariant(first && last, 'a series without a booking is not written');
  await tx.query(
    `INSERT INTO booking_series (id, organization_id, client_id, provider_id, service_id, rule, time_zone, version,
       starts_at, ends_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10)`,
    [
      id,
      tx.organizationId,
      asked.clientId,
      asked.providerId,
      asked.serviceId,
      asked.rule,
      series.timeZone,
      first.startsAt,
      last.endsAt,
      now,
    ],
  );
  await tx.query(
    `INSERT INTO series_occurrence (organization_id, series_id, position, planned_at, booking_id, reason)
     SELECT $1, $2, o.* FROM unnest($3::int[], $4::timestamptz[], $5::uuid[], $6::text[]) AS o`,
    [
      tx.organizationId,
      id,
      occurrences.map(({ position }) => position),
      occurrences.map(({ startsAt }) => startsAt),
      occurrences.map(({ got }) => ('hold' in got ? got.booking.id : null)),
      occurrences.map(({ got }) => ('hold' in got ? null : reasonOf(got))),
    ],
  );
  await recordChange(tx, {
    actor,
    action: 'series_booked',
    subject: { type: 'BookingSeries', id },
    dataSubjectId: asked.clientId,
    at: now,
    details: { booked: String(taken.length), asked: String(occurrences.length) },
  });
  const standing = taken.filter(({ booking }) => booking.status === 'CONFIRMED');
  if (standing[0] !== undefined)
    await tellOfSeries(tx, { first: standing[0].booking, count: standing.length });
}

function notBooked(occurrences: readonly Occurrence[]): SeriesNotBooked {
  return {
    __typename: 'SeriesNotBooked',
    message: 'Some of these times cannot be booked, so none was. Please choose others, or book what is free.',
    occurrences: occurrences.map(({ position, startsAt, got }) =>
      planned({ position, startsAt }, 'hold' in got ? null : got),
    ),
  };
}

function needsPayment(depositDue: Money): SeriesNeedsPayment {
  return {
    __typename: 'SeriesNeedsPayment',
    message:
      'A deposit is due for each appointment of this service. Please book them one by one, or pay with a pass.',
    depositDue,
  };
}

/** A time that repeats, in between everything else: booked whole or in part, and called off together. */
import fc from 'fast-check';
import { BOOK, CANCEL, type Booked } from '../series/series-for-tests.ts';
import { about, callerOf, nth, startOf, STARTS, step, type Step } from './step.ts';
import { instantOf } from './world.ts';

const DAY = 1440;

interface SeriesWish {
  readonly client: number;
  readonly provider: number;
  readonly start: number;
  readonly mode: 'ALL_OR_NOTHING' | 'WHAT_IS_FREE';
}

/** Three days in a row at the same time, without a deposit and without approval. */
export const bookSeries = (wish: SeriesWish): Step =>
  step(`book a series ${JSON.stringify(wish)}`, async (model, world) => {
    const service = nth(world.services, 0);
    const caller = nth(world.clients, wish.client);
    const provider = nth(model.providers, wish.provider);
    if (!service || !caller || provider === undefined) return;
    const first = startOf(wish.start);
    const starts = [first, first + DAY, first + 2 * DAY];
    const expected = model.timesOfSeries({ provider, starts, service }, wish.mode);
    const answer = await world.ask(caller, BOOK, {
      serviceId: service.id,
      providerId: provider,
      startsAt: instantOf(first),
      rule: 'FREQ=DAILY;COUNT=3',
      mode: wish.mode,
    });
    expect(answer.__typename).toBe(expected.length > 0 ? 'SeriesBooked' : 'SeriesNotBooked');
    if (answer.__typename !== 'SeriesBooked') return;
    const { series } = answer as unknown as Booked;
    const booked = series.occurrences.flatMap(({ booking }) => (booking ? [booking] : []));
    expect(booked.map(({ startsAt }) => startsAt)).toEqual(expected.map(instantOf));
    for (const [index, { id }] of booked.entries()) {
      const { holdId } = await world.chosenFor(id);
      model.bookings.push({
        id,
        holdId,
        seriesId: series.id,
        client: wish.client,
        service,
        provider,
        start: expected[index] ?? 0,
        status: 'CONFIRMED',
        version: 2,
        heldUntil: 0,
        decideBy: 0,
        moves: 0,
        confirmations: 1,
        refusals: 0,
        accepted: true,
      });
    }
  });
export const bookingSeries = fc
  .record({
    client: fc.nat(1),
    provider: fc.nat(1),
    start: fc.nat(STARTS - 1),
    mode: fc.constantFrom('ALL_OR_NOTHING' as const, 'WHAT_IS_FREE' as const),
  })
  .map(bookSeries);

export const cancelSeries = (index: number): Step =>
  about('cancel the series of', index, async (booking, model, world) => {
    const { seriesId } = booking;
    if (seriesId === null) return;
    const answer = await world.ask(callerOf(world, booking), CANCEL, {
      seriesId,
      scope: 'ALL',
      expectedVersion: await world.versionOfSeries(seriesId),
    });
    const meant = model.cancelledWith(seriesId);
    if (meant.length === 0) return expect(answer['code']).toBe('NOT_ACTIVE');
    expect(answer).toMatchObject({ __typename: 'SeriesCancelled', cancelledCount: meant.length });
    for (const one of meant) model.end(one, 'CANCELLED');
  });
export const cancellingSeries = fc.nat(6).map(cancelSeries);

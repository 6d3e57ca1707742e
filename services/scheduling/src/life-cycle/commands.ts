/** What people and time do to bookings, in any order: each step says what should come of it, then does it and looks. */
import fc from 'fast-check';
import { CANCEL, CONFIRM, HOLD, RELEASE, RESCHEDULE } from '../operations-for-tests.ts';
import { HOLD_MINUTES } from './model.ts';
import { bookSeries, bookingSeries, cancellingSeries, cancelSeries } from './series-commands.ts';
import { about, callerOf, nth, startOf, STARTS, step, type Step } from './step.ts';
import { FIRST_START, instantOf } from './world.ts';

interface Wish {
  readonly client: number;
  readonly service: number;
  readonly provider: number | null;
  readonly start: number;
}
const hold = (wish: Wish): Step =>
  step(`hold(${JSON.stringify(wish)})`, async (model, world) => {
    const service = nth(world.services, wish.service);
    const caller = nth(world.clients, wish.client);
    if (!service || !caller) return;
    const provider = wish.provider === null ? null : (nth(model.providers, wish.provider) ?? null);
    const start = startOf(wish.start);
    const expected = model.answerToHold(wish.client, { provider, start, service });
    const answer = await world.ask(caller, HOLD, {
      serviceId: service.id,
      providerId: provider,
      startsAt: instantOf(start),
    });
    expect(answer.__typename).toBe(expected.answer);
    if (answer.__typename !== 'SlotHold') return;
    const id = String(answer['bookingId']);
    const { quote } = answer;
    if (typeof quote === 'string') world.quotes.set(String(answer['id']), quote);
    const { provider: chosen } = await world.chosenFor(id);
    expect(expected.providers).toContain(chosen);
    model.bookings.push({
      id,
      holdId: String(answer['id']),
      client: wish.client,
      service,
      provider: chosen,
      start,
      status: 'HELD',
      version: 1,
      heldUntil: model.now + HOLD_MINUTES,
      decideBy: 0,
      moves: 0,
      confirmations: 0,
      refusals: 0,
      accepted: false,
      seriesId: null,
    });
  });
const holding = fc
  .record({
    client: fc.nat(1),
    service: fc.nat(2),
    provider: fc.option(fc.nat(1)),
    start: fc.nat(STARTS - 1),
  })
  .map(hold);

const confirm = (index: number): Step =>
  about('confirm', index, async (booking, model, world) => {
    const answer = await world.ask(callerOf(world, booking), CONFIRM, { holdId: booking.holdId });
    if (booking.accepted) return expect(answer.__typename).toBe(model.answerOfAccepted(booking));
    if (model.shown(booking) !== 'HELD') return expect(answer.__typename).toBe('HoldExpired');
    if (booking.service.depositMinor !== null) return expect(answer.__typename).toBe('PaymentRequired');
    model.accept(booking);
    expect(answer.__typename).toBe(model.answerOfAccepted(booking));
  });
const confirming = fc.nat(6).map(confirm);

const pay = (index: number): Step =>
  about('pay', index, async (booking, model, world) => {
    if (booking.service.depositMinor === null) return;
    await world.pay(booking);
    if (booking.accepted) return;
    // Late money takes the same time once more if it is free; otherwise the booking has ended and the money goes back.
    const { provider, start, service } = booking;
    const late = model.shown(booking) !== 'HELD';
    const free = model.isFree({ provider, start, minutes: service.minutes }, booking);
    if (booking.status !== 'CANCELLED' && free) {
      if (late) world.seen.add('PAID_LATE');
      return model.accept(booking);
    }
    booking.refusals += 1;
    if (booking.status !== 'HELD') return;
    world.seen.add('PAID_TOO_LATE');
    model.end(booking, 'EXPIRED');
  });
const paying = fc.nat(6).map(pay);

const release = (index: number): Step =>
  about('release', index, async (booking, model, world) => {
    const answer = await world.ask(callerOf(world, booking), RELEASE, { holdId: booking.holdId });
    const live = model.shown(booking) === 'HELD';
    expect(answer['released']).toBe(live);
    if (live) model.end(booking, 'CANCELLED');
  });
const releasing = fc.nat(6).map(release);

const cancelling = fc.tuple(fc.nat(6), fc.boolean()).map(([index, stale]) =>
  about(stale ? 'cancel with a stale version' : 'cancel', index, async (booking, model, world) => {
    const answer = await world.ask(callerOf(world, booking), CANCEL, {
      bookingId: booking.id,
      expectedVersion: booking.version - (stale ? 1 : 0),
    });
    if (stale) return expect(answer.__typename).toBe('VersionConflict');
    const shown = model.shown(booking);
    if (!model.canBeCancelled(booking)) {
      return expect({ shown, code: answer['code'] }).toEqual({ shown, code: 'NOT_ACTIVE' });
    }
    expect(answer.__typename).toBe('BookingCancelled');
    expect(answer['refundPercent']).toBe(model.refundPercent(booking));
    model.end(booking, 'CANCELLED');
  }),
);

const move = (index: number, place: number): Step =>
  about(`move to ${place}`, index, async (booking, model, world) => {
    const start = startOf(place);
    const answer = await world.ask(callerOf(world, booking), RESCHEDULE, {
      bookingId: booking.id,
      startsAt: instantOf(start),
      expectedVersion: booking.version,
    });
    const code = model.refusalOfMove(booking);
    if (code !== null) return expect(answer['code']).toBe(code);
    const { provider, service } = booking;
    if (!model.isFree({ provider, start, minutes: service.minutes }, booking))
      return expect(answer.__typename).toBe('SlotUnavailable');
    expect(answer.__typename).toBe('BookingRescheduled');
    booking.start = start;
    booking.moves += 1;
    booking.version += 1;
  });
const moving = fc.tuple(fc.nat(6), fc.nat(STARTS - 1)).map(([index, place]) => move(index, place));

const decision = (field: 'approve' | 'decline') => {
  const input = field === 'approve' ? 'ApproveBookingInput' : 'DeclineBookingInput';
  return `mutation ($input: ${input}!) { ${field}Booking(input: $input) { __typename ... on PolicyViolation { code } } }`;
};
const decide = (index: number, what: 'approve' | 'decline'): Step =>
  about(what, index, async (booking, model, world) => {
    const answer = await world.ask(world.frontDesk, decision(what), {
      bookingId: booking.id,
      expectedVersion: booking.version,
      ...(what === 'decline' && { reason: 'We have no room for this.' }),
    });
    if (model.shown(booking) !== 'PENDING_APPROVAL') return expect(answer['code']).toBe('NOT_ACTIVE');
    expect(answer.__typename).toBe('BookingDecided');
    if (what === 'approve') model.approve(booking);
    else model.end(booking, 'DECLINED');
    world.seen.add(booking.status);
  });
const deciding = fc
  .tuple(fc.nat(6), fc.constantFrom('approve' as const, 'decline' as const))
  .map(([index, what]) => decide(index, what));

const LATEST = FIRST_START - 120;
const wait = (minutes: number): Step =>
  step(
    `wait ${minutes} minutes`,
    async (model, world) => {
      model.now += minutes;
      world.test.clock.set(instantOf(model.now));
      await Promise.resolve();
    },
    (model) => model.now + minutes < LATEST,
  );
const waiting = fc.constantFrom(4, 16, 600, 1440).map(wait);

const sweeping = fc.constant(
  step('sweep', async (model, world) => {
    await world.sweep();
    for (const booking of model.bookings) {
      if (booking.status !== 'EXPIRED' && model.shown(booking) === 'EXPIRED') model.end(booking, 'EXPIRED');
    }
  }),
);

const often = (step: fc.Arbitrary<Step>, times: number): fc.Arbitrary<Step>[] =>
  Array.from({ length: times }, () => step);

/** Every kind of step there is; those without which nothing else happens come more often. */
export const steps: fc.Arbitrary<Step>[] = [
  ...often(holding, 8),
  ...often(confirming, 2),
  ...often(moving, 2),
  ...often(paying, 3),
  releasing,
  cancelling,
  ...often(deciding, 3),
  ...often(waiting, 2),
  sweeping,
  bookingSeries,
  cancellingSeries,
];

const FREE = { client: 0, service: 0, provider: 0, start: 0 };
const WITH_DEPOSIT = { ...FREE, service: 1 };
const WITH_APPROVAL = { ...FREE, service: 2, start: 2 };
/** The first booking there is, also when it is over. */
const FIRST = 6;

/** What rarely comes by chance: every run begins with one of these, in turn. */
export const openings: readonly (readonly Step[])[] = [
  [hold(WITH_DEPOSIT), wait(16), hold({ ...FREE, client: 1 }), pay(FIRST)],
  [hold(WITH_DEPOSIT), wait(16), pay(FIRST), pay(FIRST)],
  [hold(FREE), confirm(0), move(0, 4), move(0, 5), move(0, 6)],
  [
    hold(WITH_APPROVAL),
    confirm(0),
    decide(0, 'decline'),
    hold(WITH_APPROVAL),
    confirm(0),
    decide(0, 'approve'),
  ],
  [hold(FREE), confirm(0), wait(1440), wait(600), move(0, 4)],
  [0, 2, 4, 6].map((start) => hold({ ...FREE, start })),
  [
    bookSeries({ ...FREE, mode: 'ALL_OR_NOTHING' }),
    bookSeries({ ...FREE, client: 1, mode: 'ALL_OR_NOTHING' }),
    cancelSeries(1),
    hold(FREE),
    bookSeries({ ...FREE, mode: 'WHAT_IS_FREE' }),
  ],
];

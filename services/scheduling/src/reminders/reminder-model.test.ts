import fc from 'fast-check';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { duesOf, FIRST_DAY, ReminderWorld } from './reminder-model-for-tests.ts';
import { writePolicy } from './reminder-policy.ts';
import { STANDARD_POLICY } from './reminder-times.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const HOUR = 3_600_000;
const MINUTE = 60_000;
const starts = fc
  .record({ day: fc.integer({ min: 0, max: 2 }), hour: fc.integer({ min: 8, max: 19 }) })
  .map(({ day, hour }) => FIRST_DAY + (day * 24 + hour) * HOUR);
const which = fc.nat({ max: 30 });
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), startsAt: starts }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('move' as const), which, startsAt: starts }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decide' as const), allowed: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 900 }) }),
  },
  // To when somebody is to be reminded, and a little or a night further.
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('until' as const), late: fc.constantFrom(0, 5, 90, 360, 720) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function openWorld(): Promise<ReminderWorld> {
  test.clock.set(MONDAY);
  test.woken.length = 0;
  const business = await openBusiness(test, {
    cancellationWindowMinutes: 0,
    rescheduleWindowMinutes: 0,
    reschedulesMax: 100,
    slotIntervalMinutes: 60,
  });
  const policy = { ...STANDARD_POLICY, minutesBefore: [1440, 120] };
  await test.database.transaction(business.organizationId, (tx) =>
    writePolicy(tx, { serviceId: null, policy, now: test.clock() }),
  );
  return new ReminderWorld(test, business, await business.client());
}

async function take(world: ReminderWorld, action: Step): Promise<void> {
  const standing = world.bookings.filter((booking) => booking.standing && booking.startsAt > world.now);
  const meant = 'which' in action ? standing[action.which % Math.max(standing.length, 1)] : undefined;
  if (action.do === 'create') {
    if (world.isFree(action.startsAt)) await world.create(action.startsAt);
  } else if (action.do === 'move') {
    if (meant && world.isFree(action.startsAt)) await world.move(meant, action.startsAt);
  } else if (action.do === 'cancel') {
    if (meant) await world.cancel(meant);
  } else if (action.do === 'deliver') await world.deliver(action.which);
  else if (action.do === 'sweep') await world.sweep();
  else if (action.do === 'decide') await world.decide(action.allowed);
  else if (action.do === 'wait') test.clock.advance(action.minutes * MINUTE);
  else {
    const dues = standing.flatMap(({ startsAt }) => duesOf(startsAt)).filter((due) => due > world.now);
    if (dues.length > 0) test.clock.set(new Date(Math.min(...dues) + action.late * MINUTE));
  }
}

/** Lets time pass until nothing is due any more; whoever is to be reminded, is, at that very time. */
async function letTimePass(world: ReminderWorld): Promise<void> {
  const begun = world.now;
  const expected = world.bookings.flatMap((booking) =>
    booking.standing
      ? duesOf(booking.startsAt)
          .filter((due) => due > begun && due > booking.plannedAt && due < booking.startsAt)
          .map((due) => ({ due, booking }))
      : [],
  );
  for (const due of [...new Set(expected.map((one) => one.due))].toSorted((a, b) => a - b)) {
    test.clock.set(new Date(due + MINUTE));
    const before = expected.filter((one) => one.due === due).map(({ booking }) => booking.asked);
    await world.sweep();
    const after = expected.filter((one) => one.due === due).map(({ booking }) => booking.asked);
    expect(after).toEqual(before.map((asked) => asked + 1));
  }
}

it('[BOK-09] no order of booking, moving, cancelling, jobs and sweeps reminds wrongly, twice, at night or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
      const world = await openWorld();
      for (const action of steps) await take(world, action);
      await letTimePass(world);
    }),
    { numRuns: process.env['KEPT_NIGHTLY'] ? 1_000 : 8, endOnFailure: !process.env['KEPT_NIGHTLY'] },
  );
});

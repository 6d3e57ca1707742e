import fc from 'fast-check';
import { startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { openings, steps } from './commands.ts';
import { agreeAtTheEnd, openWorld } from './world.ts';

/**
 * Whatever people do, in whatever order, and however time passes in between: what is stored is what a few lists and loops say
 * it should be, after every single step.
 */
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const nightly = process.env['KEPT_NIGHTLY'] === '1';

const EVERY_ANSWER =
  'SlotHold SlotUnavailable LimitReached SlotHoldReleased BookingConfirmed HoldExpired PaymentRequired BookingRescheduled ' +
  'BookingCancelled BookingDecided BookingRequested VersionConflict NOT_ACTIVE RESCHEDULE_LIMIT RESCHEDULE_WINDOW DECLINED PAID_LATE PAID_TOO_LATE ' +
  'SeriesBooked SeriesNotBooked SeriesCancelled';

it('[BOK-04] lives as its model does: hold, pay, confirm, expire, approve, reschedule, cancel, series', async () => {
  const seen = new Set<string>();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 50, size: 'max' }), async (commands) => {
      const world = await openWorld(test, seen);
      await fc.asyncModelRun(() => world, [...(openings[runs % openings.length] ?? []), ...commands]);
      runs += 1;
      await agreeAtTheEnd(world.model, world.real);
    }),
    { numRuns: nightly ? 300 : 12 },
  );
  expect(EVERY_ANSWER.split(' ').filter((answer) => !seen.has(answer))).toEqual([]);
}, 600_000);

import fc from 'fast-check';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';
import { stories } from './money-steps-for-tests.ts';
import { begin } from './money-world-for-tests.ts';

/**
 * Whatever is done to the money of an appointment, in whatever order, and however the processor tells of it: every payment
 * stands where an independent model says, every account has what it says, and the books agree with the processor.
 */
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

it('any sequence of steps leads where the model says: every payment, every account, at every step', async () => {
  const nightly = process.env['KEPT_NIGHTLY'] === '1';
  await fc.assert(
    fc.asyncProperty(stories(nightly ? 24 : 12), async (steps) => {
      const begunNow = await begin(test);
      await fc.asyncModelRun(() => begunNow, steps);
    }),
    { numRuns: nightly ? 300 : 5, seed: 20_261_123, endOnFailure: true },
  );
}, 3_600_000);

import fc from 'fast-check';
import { hold } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { addColleague, addThings, findFree } from './offers-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const anyBusiness = fc.record({
  slotIntervalMinutes: fc.constantFrom(15, 20, 30, 45, 60, 90),
  durationMinutes: fc.constantFrom(30, 45, 60, 90),
  bufferBeforeMinutes: fc.constantFrom(0, 5),
  bufferAfterMinutes: fc.constantFrom(0, 10, 15),
});

it('whatever is offered can be held, and what is not cannot: any service, any clock, rooms and colleagues, a day of 23 hours', async () => {
  let [granted, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      anyBusiness,
      fc.constantFrom('Europe/London', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'),
      fc.infiniteStream(fc.nat()),
      async (terms, timeZone, dice) => {
        const business = await openBusiness(test, terms);
        await addColleague(test, business);
        await addThings(test, business, { count: 2, needed: 1 });
        const asked = { from: '2027-03-28T00:00:00Z', to: '2027-03-29T00:00:00Z', timeZone };
        const pick = <T>(all: readonly T[]): T | undefined =>
          all[(dice.next().value ?? 0) % Math.max(1, all.length)];
        for (let round = 0; round < 6; round += 1) {
          const { slots } = await findFree(test, business, asked);
          const slot = pick(slots);
          if (slot === undefined) break;
          const shown = slots.filter(({ provider }) => provider.id === slot.provider.id);
          // Minutes beside it, on a grid that any clock could have.
          const beside = new Date(
            Date.parse(slot.startsAt) + (1 + ((dice.next().value ?? 0) % 5)) * 300_000,
          ).toISOString();
          if (!shown.some(({ startsAt }) => startsAt === beside)) {
            const other = await hold(test, await business.client(), {
              ...business,
              providerId: slot.provider.id,
              startsAt: beside,
              timeZone,
            });
            expect({ beside, outcome: other.__typename }).not.toEqual({ beside, outcome: 'SlotHold' });
            refused += 1;
          }
          const held = await hold(test, await business.client(), {
            ...business,
            providerId: slot.provider.id,
            startsAt: slot.startsAt,
            timeZone,
          });
          expect({ slot: slot.startsAt, outcome: held.__typename }).toEqual({
            slot: slot.startsAt,
            outcome: 'SlotHold',
          });
          granted += 1;
        }
      },
    ),
    { numRuns: process.env['KEPT_NIGHTLY'] === '1' ? 100 : 4 },
  );
  expect(granted).toBeGreaterThan(12);
  expect(refused).toBeGreaterThan(12);
});

import fc from 'fast-check';
import type { Caller } from '@kept/passport';
import { hold } from '../operations-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { addChoices, addColleague, addThings } from './offers-for-tests.ts';

/**
 * Whoever says "do not sell or share" pays no other price and finds no other times (CCPA 1798.125). The signal is in the
 * caller of every request, so that anything could read it; nothing here may answer differently for it.
 */
let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
  test.clock.set(MONDAY);
  business = await openBusiness(test, { slotIntervalMinutes: 15, depositMinor: 500 });
  await addColleague(test, business);
  await addThings(test, business, { count: 2, needed: 1 });
});
afterAll(() => test.stop());

const QUERY = `query ($availability: AvailabilityInput!, $days: AvailableDaysInput!, $why: ExplainSlotInput!) {
  services { id price { amountMinor currency } deposit { amountMinor } cancellationWindowMinutes reschedulesMax }
  availability(input: $availability) { timeZoneVisible slots { startsAt endsAt remainingCapacity provider { id } } }
  availableDays(input: $days) { date count firstSlots { startsAt } }
  explainSlot(input: $why) { offered reasons } }`;

/** The same person, once with the signal and once without. */
const twins = (caller: Caller): [Caller, Caller] => [
  { ...caller, globalPrivacyControl: false },
  { ...caller, globalPrivacyControl: true },
];

it('[LAW-50] services, prices, terms and free times are the same with and without the opt-out signal', async () => {
  const { variantId, addOnId } = await addChoices(test, business);
  const callers = [business.anonymous(), await business.client(), await business.client()];
  let slots = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...callers),
      fc.integer({ min: 0, max: 20 * 96 }).map((quarter) => new Date(Date.parse(MONDAY) + quarter * 900_000)),
      fc.record({
        variantId: fc.constantFrom(null, variantId),
        addOnIds: fc.constantFrom([], [addOnId]),
        providerId: fc.constantFrom(null, business.providerId),
        timeZone: fc.constantFrom('Europe/London', 'Asia/Kathmandu', 'America/Los_Angeles'),
      }),
      async (caller, from, chosen) => {
        const asked = { serviceId: business.serviceId, ...chosen };
        const variables = {
          availability: {
            ...asked,
            from: from.toISOString(),
            to: new Date(from.getTime() + 86_400_000).toISOString(),
          },
          days: { ...asked, firstDay: from.toISOString().slice(0, 10), days: 3 },
          why: { ...asked, startsAt: from.toISOString() },
        };
        const [without, withSignal] = await Promise.all(
          twins(caller).map(async (one) => {
            const { data, errors } = await test.ask(one, QUERY, variables);
            return { data, errors };
          }),
        );
        expect(withSignal).toEqual(without);
        expect(without?.errors).toEqual([]);
        slots +=
          (without?.data as { availability: { slots: unknown[] } } | undefined)?.availability.slots.length ??
          0;
      },
    ),
    { numRuns: process.env['KEPT_NIGHTLY'] === '1' ? 300 : 10 },
  );
  expect(slots).toBeGreaterThan(150);
});

it('[LAW-50] a hold asks for the same deposit and lasts as long with and without it', async () => {
  const [without, withSignal] = twins(await business.client());
  const shown = async (caller: Caller, startsAt: string) => {
    const { __typename, expiresAt, depositDue } = await hold(test, caller, { ...business, startsAt });
    return { __typename, expiresAt, depositDue };
  };
  const one = await shown(without, '2027-02-03T10:00:00.000Z');
  expect(one.__typename).toBe('SlotHold');
  expect(await shown(withSignal, '2027-02-03T12:00:00.000Z')).toEqual(one);
});

import { book, hold } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { openZone } from './engine/zone.ts';
import { showOffers } from './find-availability.ts';
import { openOffers } from './open-offers.ts';
import { addChoices, addColleague, addDailyLimit, addThings, findFree, hoursOf } from './offers-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const at = (hour: string): string => `2027-02-03T${hour}:00.000Z`;
const hourly = { slotIntervalMinutes: 60 };

it('a variant and its extras take as long as they say, and start no later than that fits', async () => {
  const business = await openBusiness(test, hourly);
  const { variantId, addOnId } = await addChoices(test, business);
  const found = await findFree(test, business, { variantId, addOnIds: [addOnId] });
  expect(found.slots.at(-1)).toMatchObject({ startsAt: at('17:00'), endsAt: at('19:30') });
  await expect(findFree(test, business, { variantId: business.serviceId })).rejects.toThrow(
    /NOT_FOUND: .*variant/,
  );
  await expect(findFree(test, business, { addOnIds: [variantId] })).rejects.toThrow(/NOT_FOUND: .*add-on/);
  await expect(findFree(test, business, { locationId: variantId })).rejects.toThrow(/NOT_FOUND: .*location/);
});

it('needs any two of three rooms beside the provider: a time goes when two are taken, and not before', async () => {
  const business = await openBusiness(test, hourly);
  await addColleague(test, business);
  await addThings(test, business, { count: 3, needed: 2 });
  const client = await business.client();
  expect(hoursOf(await findFree(test, business)).filter((hour) => hour === '10:00')).toHaveLength(2);
  await book(test, client, { ...business, startsAt: at('10:00') });
  // The colleague is free, but only one room is.
  expect(hoursOf(await findFree(test, business))).not.toContain('10:00');
  expect(hoursOf(await findFree(test, business)).filter((hour) => hour === '11:00')).toHaveLength(2);
});

it('a pool is counted: five mats are enough for two who need two each, and for no third', async () => {
  const business = await openBusiness(test, hourly);
  await addColleague(test, business);
  await addColleague(test, business);
  await addThings(test, business, { count: 1, needed: 2, capacity: 5 });
  const client = await business.client();
  const free = async () => hoursOf(await findFree(test, business)).filter((hour) => hour === '10:00').length;
  expect(await free()).toBe(3);
  await hold(test, client, { ...business, startsAt: at('10:00') });
  expect(await free()).toBe(2);
  const [other] = (await findFree(test, business)).slots.filter(({ startsAt }) => startsAt === at('10:00'));
  await hold(test, client, { ...business, providerId: other?.provider.id ?? '', startsAt: at('10:00') });
  expect(await free()).toBe(0);
  test.clock.advance(16 * 60_000);
  expect(await free()).toBe(3);
});

it('a session stays offered while seats remain, with their number, and is full for whoever wants more', async () => {
  const business = await openBusiness(test, { ...hourly, capacity: 3 });
  const ten = async (seats: number) =>
    (await findFree(test, business, { seats })).slots.find(({ startsAt }) => startsAt === at('10:00'));
  expect(await ten(3)).toMatchObject({ remainingCapacity: 3 });
  await book(test, await business.client(), { ...business, startsAt: at('10:00') });
  expect(await ten(2)).toMatchObject({ remainingCapacity: 2 });
  expect(await ten(3)).toBeUndefined();
  await book(test, await business.client(), { ...business, startsAt: at('10:00') });
  await book(test, await business.client(), { ...business, startsAt: at('10:00') });
  expect(await ten(1)).toBeUndefined();
});

it('a collective service is offered when everybody is free, once per start, whoever leads it', async () => {
  const business = await openBusiness(test, { ...hourly, providerChoice: 'COLLECTIVE' });
  const other = await addColleague(test, business);
  const hours = hoursOf(await findFree(test, business));
  expect(new Set(hours).size).toBe(hours.length);
  const held = await hold(test, await business.client(), { ...business, startsAt: at('10:00') });
  expect(held.__typename).toBe('SlotHold');
  const without = hours.filter((hour) => hour !== '10:00');
  expect(hoursOf(await findFree(test, business))).toEqual(without);
  expect(hoursOf(await findFree(test, business, { providerId: other }))).toEqual(without);
});

it('a day whose limit is used up offers nothing more, and the next day does', async () => {
  const business = await openBusiness(test, hourly);
  await addDailyLimit(test, business, 2);
  const client = await business.client();
  for (const hour of ['10:00', '12:00']) await book(test, client, { ...business, startsAt: at(hour) });
  expect(hoursOf(await findFree(test, business))).toEqual([]);
  const tomorrow = { from: '2027-02-04T00:00:00Z', to: '2027-02-05T00:00:00Z' };
  expect((await findFree(test, business, tomorrow)).slots.length).toBeGreaterThan(5);
});

it('asks the database as often for one provider, a day and a room as for many, a month and many rooms', async () => {
  const business = await openBusiness(test, { ...hourly, capacity: 4 });
  const { variantId, addOnId } = await addChoices(test, business);
  await addThings(test, business, { count: 1, needed: 1 });
  await addDailyLimit(test, business, 20);
  const start = Date.parse('2027-02-03') / 60_000;
  const count = (days: number): Promise<number> =>
    test.database.transaction(business.organizationId, async (tx) => {
      let queries = 0;
      const counting = {
        ...tx,
        query: <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> => {
          queries += 1;
          return tx.query<Row>(sql, parameters);
        },
      };
      const { slots } = showOffers(
        await openOffers(counting, {
          serviceId: business.serviceId,
          variantId,
          addOnIds: [addOnId],
          locationId: null,
          providerId: null,
          range: { start, end: start + days * 1440 },
          seats: 1,
          booker: openZone('Asia/Kathmandu'),
          clientId: null,
          now: test.clock(),
        }),
      );
      expect(slots.length).toBeGreaterThan(5 * days);
      return queries;
    });
  const little = await count(1);
  for (let more = 0; more < 5; more += 1) await addColleague(test, business);
  await addThings(test, business, { count: 8, needed: 3 });
  expect(await count(28)).toBe(little);
  expect(little).toBeLessThanOrEqual(8);
});

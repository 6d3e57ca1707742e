import { book } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const LIST = `query ($first: Int, $after: String, $from: DateTime, $to: DateTime) {
  bookings(first: $first, after: $after, from: $from, to: $to) {
    nodes { id startsAt status notes service { name } provider { timeZone } client { id } }
    pageInfo { hasNextPage endCursor } } }`;
const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
  ... on Booking { id notes service { name } } } }`;

interface Page {
  nodes: { id: string; startsAt: string; notes: string | null }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

it('pages through a client’s own bookings in order, each once, and shows staff all of them', async () => {
  const business = await openBusiness(test);
  const [client, other] = [await business.client(), await business.client()];
  const mine: string[] = [];
  for (let day = 1; day <= 7; day += 1) {
    const at = (hour: string) => `2027-02-1${day}T${hour}:00:00.000Z`;
    mine.push((await book(test, client, { ...business, startsAt: at('10'), notes: `note ${day}` })).id);
    await book(test, other, { ...business, startsAt: at('12') });
  }
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; page < 10; page += 1) {
    const { data } = await test.ask(client, LIST, { first: 3, after });
    const { nodes, pageInfo } = (data as { bookings: Page }).bookings;
    seen.push(...nodes.map(({ id }) => id));
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  expect(seen).toEqual(mine);
  const desk = await test.ask(business.staff('FRONT_DESK'), LIST, { first: 100 });
  const all = (desk.data as { bookings: Page }).bookings.nodes;
  expect(all).toHaveLength(14);
  expect(all.every(({ notes }) => notes === null)).toBe(true);
  const days = { from: '2027-02-12T12:00:00Z', to: '2027-02-14T12:00:00Z' };
  const some = await test.ask(business.provider(), LIST, days);
  expect(
    (some.data as { bookings: Page }).bookings.nodes.map(({ startsAt }) => startsAt.slice(8, 13)),
  ).toEqual(['12T12', '13T10', '13T12', '14T10']);
});

it('asks the database as often for twenty bookings as for two', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const cost = async (): Promise<number> => {
    const before = test.database.counters.transactions;
    const { errors } = await test.ask(client, LIST, { first: 50 });
    expect(errors).toEqual([]);
    return test.database.counters.transactions - before;
  };
  for (const hour of ['10', '11'])
    await book(test, client, { ...business, startsAt: `2027-02-10T${hour}:00:00.000Z` });
  const few = await cost();
  for (let day = 11; day <= 19; day += 1) {
    // Twenty within an hour would be looked at by a person first.
    test.clock.advance(6 * 3_600_000);
    for (const hour of ['10', '11'])
      await book(test, client, { ...business, startsAt: `2027-02-${day}T${hour}:00:00.000Z` });
  }
  expect(await cost()).toBe(few);
  expect(few).toBeLessThanOrEqual(4);
});

it('asks the database as often for five bookings that others refer to as for one', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const ids: string[] = [];
  for (const hour of ['10', '11', '12', '13', '14'])
    ids.push((await book(test, client, { ...business, startsAt: `2027-02-10T${hour}:00:00.000Z` })).id);
  const cost = async (wanted: string[]): Promise<number> => {
    const before = test.database.counters.transactions;
    const { data, errors } = await test.ask(client, ENTITIES, {
      of: wanted.map((id) => ({ __typename: 'Booking', id })),
    });
    expect(errors).toEqual([]);
    expect((data as { _entities: { id: string }[] })._entities.map(({ id }) => id)).toEqual(wanted);
    return test.database.counters.transactions - before;
  };
  expect(await cost(ids)).toBe(await cost(ids.slice(0, 1)));
});

// What a branch says and sees of people, of those who wait and of the whole business. The holes: hours of a colleague elsewhere, a
// holiday for everybody, a list of who waits for another branch, a time that is kept there and taken here.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { idIn, offer } from '../offers/offers-for-tests.ts';
import { book } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { ACCEPT, entriesOf, join, JOIN, LEAVE, wake, WEEK } from '../waitlist/waitlist-for-tests.ts';
import { onStaffPlaced } from './on-staff-placed.ts';

let test: TestScheduling;
let business: TestBusiness;
let north: string;
let south: string;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
  const place = async (name: string) =>
    idIn(
      await offer({ test, business }, 'createLocation', {
        kind: 'IN_PERSON',
        name,
        address: `1 ${name} Lane`,
      }),
    );
  [north, south] = [await place('North'), await place('South')];
});

const offeredAt = (...locationIds: string[]) =>
  offer({ test, business }, 'updateService', {
    serviceId: business.serviceId,
    expectedVersion: 1,
    locationIds,
  });
const limitedTo = (locationId: string, ...roles: Caller['roles']): Caller => ({
  ...business.staff(...roles),
  locations: [locationId],
});
const codeOf = async (caller: Caller, query: string, variables: Record<string, unknown>) =>
  (await test.ask(caller, query, variables)).errors[0]?.extensions?.code;

let told = 0;
const placed = (locationIds: string[] | null, secondsLater = (told += 1)) => {
  const occurredAt = new Date(Date.parse('2027-01-31T00:00:00Z') + secondsLater * 1_000);
  return test.database.transaction(business.organizationId, (tx) =>
    onStaffPlaced(tx, {
      id: randomUUID(),
      name: 'staff.placed',
      organizationId: business.organizationId,
      publisher: 'identity',
      occurredAt,
      receivedAt: occurredAt,
      payload: { staffMemberId: business.providerId, locationIds },
    }),
  );
};

const RULES = 'mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename } }';
const DATE = 'mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }';
const AWAY =
  'mutation ($input: AddTimeOffInput!) { addTimeOff(input: $input) { __typename ... on TimeTaken { bookings { id } } ... on TimeOffAdded { timeOff { id } } } }';
const BACK = 'mutation ($input: RemoveTimeOffInput!) { removeTimeOff(input: $input) { __typename } }';
const AWAY_TIMES =
  'query ($providerId: ID!, $from: DateTime!, $to: DateTime!) { timeOff(providerId: $providerId, from: $from, to: $to) { id } }';
const asked = (more: Record<string, unknown> = {}) => ({
  input: { providerId: business.providerId, idempotencyKey: randomUUID(), ...more },
});
const DAY = { firstDay: '2027-03-01', lastDay: '2027-03-02' };
const writes = () => [
  [RULES, asked({ rules: [] })] as const,
  [DATE, asked({ date: '2027-03-01', windows: [] })] as const,
  [AWAY, asked(DAY)] as const,
];

it('[identity A44] hours and absences are said by whoever manages all the places of somebody, and seen where they work', async () => {
  const manager = limitedTo(north, 'MANAGER');
  const refused = async () => {
    for (const [query, variables] of writes())
      expect([query, await codeOf(manager, query, variables)]).toEqual([query, 'UNAUTHORIZED_FIELD_OR_TYPE']);
  };
  const range = { providerId: business.providerId, from: '2027-02-20T00:00:00Z', to: '2027-03-10T00:00:00Z' };
  // Nothing was told of them yet, they work everywhere, in both, elsewhere: not this manager's to decide.
  await refused();
  for (const places of [null, [north, south]]) {
    await placed(places);
    await refused();
    expect(await codeOf(manager, AWAY_TIMES, range)).toBeUndefined();
  }
  await placed([south]);
  await refused();
  expect(await codeOf(limitedTo(north, 'FRONT_DESK'), AWAY_TIMES, range)).toBe('NOT_FOUND');
  const { data } = await test.ask(business.staff('MANAGER'), AWAY, asked(DAY));
  const timeOffId = (data as { addTimeOff: { timeOff: { id: string } } }).addTimeOff.timeOff.id;
  const back = () => ({ input: { timeOffId, idempotencyKey: randomUUID() } });
  expect(await codeOf(manager, BACK, back())).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  await placed([north]);
  // What was said before arrives after it.
  await placed([south], 0);
  expect(await codeOf(manager, BACK, back())).toBeUndefined();
  for (const [query, variables] of writes()) expect(await codeOf(manager, query, variables)).toBeUndefined();
  // One's own absence is one's own, wherever one works.
  const own: Caller = { ...business.provider(), locations: [south] };
  expect(await codeOf(own, AWAY, asked({ firstDay: '2027-04-01', lastDay: '2027-04-01' }))).toBeUndefined();
});

it('[identity A44] who is booked elsewhere stands in the way of an absence without being shown', async () => {
  await offeredAt(south);
  const startsAt = '2027-02-01T10:00:00.000Z';
  await book(test, await business.client(), { ...business, startsAt });
  await placed([north]);
  const wish = asked({ firstDay: '2027-02-01', lastDay: '2027-02-01' });
  const seen = async (caller: Caller) => (await test.ask(caller, AWAY, wish)).data?.['addTimeOff'];
  expect(await seen(limitedTo(north, 'MANAGER'))).toEqual({ __typename: 'TimeTaken', bookings: [] });
  expect(await seen(business.staff('MANAGER'))).toMatchObject({ bookings: [{}] });
});

it('[identity A44] what holds everywhere is closed to whoever manages some places', async () => {
  const manager = limitedTo(north, 'MANAGER');
  const CLOSE = 'mutation ($input: AddClosureInput!) { addClosure(input: $input) { __typename } }';
  const PRODUCT =
    'mutation ($input: CreatePassProductInput!) { createPassProduct(input: $input) { __typename } }';
  const day = { name: 'Works outing', firstDay: '2027-05-03', lastDay: '2027-05-03' };
  const product = { name: 'Ten', credits: 10, validityDays: 365, serviceIds: [business.serviceId] };
  for (const [query, input] of [
    [CLOSE, day],
    [PRODUCT, product],
  ] as const) {
    const variables = { input: { ...input, idempotencyKey: randomUUID() } };
    expect(await codeOf(manager, query, variables)).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    expect(await codeOf(business.staff('MANAGER'), query, variables)).toBeUndefined();
  }
});

it('[identity A44] who waits is known where they could come, and what is kept for them where it is', async () => {
  await offeredAt(south);
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('DELETE FROM weekly_rule WHERE provider_id = $1 AND day_of_week <> 3', [business.providerId]),
  );
  const client = await business.client();
  await join(test, client, { business });
  const [desk, there] = [limitedTo(north, 'FRONT_DESK'), limitedTo(south, 'FRONT_DESK')];
  expect(await entriesOf(test, desk, { serviceId: business.serviceId })).toEqual([]);
  const [entry] = await entriesOf(test, there, { serviceId: business.serviceId });
  expect(entry).toMatchObject({ status: 'WAITING' });
  const leave = { input: { entryId: entry?.id, expectedVersion: 1, idempotencyKey: randomUUID() } };
  expect(await codeOf(desk, LEAVE, leave)).toBe('NOT_FOUND');
  const { serviceId } = business;
  const wish = { serviceId, windows: WEEK, clientId: client.accountId, idempotencyKey: randomUUID() };
  expect(await codeOf(desk, JOIN, { input: wish })).toBe('NOT_FOUND');
  expect(await codeOf(there, JOIN, { input: wish })).toBeUndefined();
  await wake(test, business);
  // Now it is offered in the north as well: both may call, and what is kept is still in the south.
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('INSERT INTO service_location (organization_id, service_id, location_id) VALUES ($1, $2, $3)', [
      business.organizationId,
      serviceId,
      north,
    ]),
  );
  const offers = async (caller: Caller) =>
    (await entriesOf(test, caller)).flatMap((each) => each.offer ?? []);
  const [kept] = await offers(there);
  expect(kept?.hold.startsAt).toBeDefined();
  expect(await offers(desk)).toEqual([]);
  expect(await offers(client)).toHaveLength((await offers(there)).length);
  const accept = { input: { offerId: kept?.id, idempotencyKey: randomUUID() } };
  expect(await codeOf(desk, ACCEPT, accept)).toBe('NOT_FOUND');
  expect(await codeOf(there, ACCEPT, accept)).toBeUndefined();
});

it('who waits for what is offered in two places is offered a time in one of them, whatever others wait for', async () => {
  await offeredAt(north, south);
  const [crowd, client] = [await business.client(), await business.client()];
  await join(test, crowd, { business, seats: 40 });
  await join(test, client, { business });
  await wake(test, business);
  expect(await entriesOf(test, crowd)).toMatchObject([{ status: 'WAITING' }]);
  expect(await entriesOf(test, client)).toMatchObject([{ status: 'OFFERED' }]);
});

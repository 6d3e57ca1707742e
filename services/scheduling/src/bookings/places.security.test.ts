/**
 * Roles that are limited to places, and clients who answer for others: what a token says of both decides which rows are reached. The
 * holes: a list that forgets the limit, an id that is tried, a booking made elsewhere, a guardian of nobody who names a client.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { idIn, offer } from '../offers/offers-for-tests.ts';
import { CANCEL, CONFIRM, HOLD, mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let north: string;
let south: string;
beforeAll(async () => {
  test = await startTestScheduling();
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
  const { serviceId } = business;
  await offer({ test, business }, 'updateService', {
    serviceId,
    expectedVersion: 1,
    locationIds: [north, south],
  });
});
afterAll(() => test.stop());

const BOOKINGS = '{ bookings(first: 100) { nodes { id locationId } } }';
const BOOKING = 'query ($id: ID!) { booking(id: $id) { id } }';
const at = (hour: number) => `2027-02-01T${String(hour).padStart(2, '0')}:00:00.000Z`;

async function holdAt(client: Caller, { hour, locationId }: { hour: number; locationId: string }) {
  const { serviceId, providerId } = business;
  const input = { serviceId, providerId, startsAt: at(hour), locationId };
  return mutate(test, client, { query: HOLD, input });
}

async function book(client: Caller, { hour, locationId }: { hour: number; locationId: string }) {
  const held = await holdAt(client, { hour, locationId });
  const confirmed = await mutate(test, client, { query: CONFIRM, input: { holdId: held['id'] } });
  expect(confirmed.__typename).toBe('BookingConfirmed');
  return String(held['bookingId']);
}

const limitedTo = (locationId: string, ...roles: Caller['roles']): Caller => ({
  ...business.staff(...roles),
  locations: [locationId],
});

async function listed(caller: Caller): Promise<string[]> {
  const { data } = await test.ask(caller, BOOKINGS);
  const { nodes } = (data as { bookings: { nodes: { id: string }[] } }).bookings;
  return nodes.map(({ id }) => id);
}

const codeOf = async (caller: Caller, query: string, variables: Record<string, unknown>) =>
  (await test.ask(caller, query, variables)).errors[0]?.extensions?.code;

it('[identity A44] whoever is limited to a place lists and finds its bookings alone, whatever their role', async () => {
  const client = await business.client();
  const inNorth = await book(client, { hour: 9, locationId: north });
  const inSouth = await book(client, { hour: 10, locationId: south });
  for (const role of ['FRONT_DESK', 'BILLING', 'MANAGER'] as const) {
    expect(await listed(limitedTo(north, role))).toEqual([inNorth]);
    expect(await codeOf(limitedTo(north, role), BOOKING, { id: inNorth })).toBeUndefined();
    expect(await codeOf(limitedTo(north, role), BOOKING, { id: inSouth })).toBe('NOT_FOUND');
  }
  expect((await listed(business.staff('FRONT_DESK'))).toSorted()).toEqual([inNorth, inSouth].toSorted());
  // Their own they keep, wherever they are booked.
  const provider: Caller = { ...business.provider(), locations: [north] };
  expect((await listed(provider)).toSorted()).toEqual([inNorth, inSouth].toSorted());
});

it('[identity A44] nor change one elsewhere, nor book there; a booking of no place is nobody’s who is limited', async () => {
  const client = await business.client();
  const inSouth = await book(client, { hour: 11, locationId: south });
  const desk = limitedTo(north, 'FRONT_DESK');
  const cancel = { bookingId: inSouth, expectedVersion: 2, idempotencyKey: randomUUID() };
  expect(await codeOf(desk, CANCEL, { input: cancel })).toBe('NOT_FOUND');
  const { serviceId, providerId } = business;
  const wish = { serviceId, providerId, startsAt: at(13), clientId: client.accountId };
  const asked = (locationId: string) => ({
    input: { ...wish, locationId, idempotencyKey: randomUUID() },
  });
  expect(await codeOf(desk, HOLD, asked(south))).toBe('NOT_FOUND');
  expect(await codeOf(desk, HOLD, asked(north))).toBeUndefined();
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE booking SET location_id = NULL WHERE id = $1', [inSouth]),
  );
  for (const place of [north, south])
    expect(await codeOf(limitedTo(place, 'MANAGER'), BOOKING, { id: inSouth })).toBe('NOT_FOUND');
});

it('[identity A44] rooms, histories and waiting decisions of other places are not there either', async () => {
  const client = await business.client();
  const inSouth = await book(client, { hour: 14, locationId: south });
  const room = idIn(
    await offer({ test, business }, 'createResource', {
      kind: 'ROOM',
      name: 'Room of the south',
      locationId: south,
    }),
  );
  const ROOMS = '{ resources { id } }';
  const rooms = async (caller: Caller) => JSON.stringify((await test.ask(caller, ROOMS)).data);
  expect(await rooms(limitedTo(north, 'MANAGER'))).not.toContain(room);
  expect(await rooms(limitedTo(south, 'MANAGER'))).toContain(room);
  const UPDATE = 'mutation ($input: UpdateResourceInput!) { updateResource(input: $input) { __typename } }';
  const input = { resourceId: room, expectedVersion: 1, name: 'Mine', idempotencyKey: randomUUID() };
  expect(await codeOf(limitedTo(north, 'MANAGER'), UPDATE, { input })).toBe('NOT_FOUND');
  const CREATE = 'mutation ($input: CreateLocationInput!) { createLocation(input: $input) { __typename } }';
  const place = { kind: 'IN_PERSON', name: 'West', address: '1 West Lane', idempotencyKey: randomUUID() };
  expect(await codeOf(limitedTo(north, 'MANAGER'), CREATE, { input: place })).toBe(
    'UNAUTHORIZED_FIELD_OR_TYPE',
  );
  const HISTORY = 'query ($id: ID!) { bookingHistory(bookingId: $id) { version } }';
  expect(await codeOf(limitedTo(north, 'COMPLIANCE'), HISTORY, { id: inSouth })).toBe('NOT_FOUND');
  expect(await codeOf(limitedTo(south, 'COMPLIANCE'), HISTORY, { id: inSouth })).toBeUndefined();
  await test.database.transaction(business.organizationId, async (tx) => {
    await tx.query(
      `INSERT INTO booking_review (booking_id, organization_id, rules_version, score, reasons, state, opened_at, decide_by)
       VALUES ($1, $2, 1, 90, '{VELOCITY}', 'OPEN', $3, $3)`,
      [inSouth, business.organizationId, test.clock()],
    );
  });
  const QUEUE =
    '{ reviewQueue(first: 10) { booking { id } } bookingsToDecide(first: 10) { id } contestedDecisions(first: 10) { stage } }';
  const queue = async (caller: Caller) => {
    const { data, errors } = await test.ask(caller, QUEUE);
    expect(errors).toEqual([]);
    return JSON.stringify(data);
  };
  expect(await queue(limitedTo(north, 'MANAGER'))).not.toContain(inSouth);
  expect(await queue(limitedTo(south, 'MANAGER'))).toContain(inSouth);
});

it('[identity A44] a guardian books for, sees and calls off what is their dependant’s; whoever is none does not', async () => {
  const child = await business.client();
  const parent: Caller = { ...(await business.client()), dependants: [child.accountId ?? ''] };
  const stranger = await business.client();
  const wish = { ...business, startsAt: at(15), locationId: north, clientId: child.accountId };
  const { serviceId, providerId, startsAt, locationId, clientId } = wish;
  const asked = () => ({
    input: { serviceId, providerId, startsAt, locationId, clientId, idempotencyKey: randomUUID() },
  });
  expect(await codeOf(stranger, HOLD, asked())).toBe('NOT_FOUND');
  const { data, errors } = await test.ask(parent, HOLD, asked());
  expect(errors).toEqual([]);
  const held = (data as { createSlotHold: { id: string; bookingId: string } }).createSlotHold;
  const confirmed = await mutate(test, parent, { query: CONFIRM, input: { holdId: held.id } });
  expect(confirmed.__typename).toBe('BookingConfirmed');
  expect(await listed(parent)).toEqual([held.bookingId]);
  expect(await listed(child)).toEqual([held.bookingId]);
  expect(await listed(stranger)).toEqual([]);
  expect(await codeOf(stranger, BOOKING, { id: held.bookingId })).toBe('NOT_FOUND');
  // The next token says nothing of the child any more: the booking stays the child's.
  expect(await codeOf({ ...parent, dependants: [] }, BOOKING, { id: held.bookingId })).toBe('NOT_FOUND');
  const cancel = { bookingId: held.bookingId, expectedVersion: 2, idempotencyKey: randomUUID() };
  expect(await codeOf(stranger, CANCEL, { input: cancel })).toBe('NOT_FOUND');
  const { data: off } = await test.ask(parent, CANCEL, { input: cancel });
  expect(off).toMatchObject({ cancelBooking: { __typename: 'BookingCancelled' } });
});

/**
 * What keeps closed: an offer that is half accepted, that names somebody else's things, or that is changed by somebody who
 * does not decide about it. Each is refused with a code and a sentence, and nothing is written.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { HOLD } from '../operations-for-tests.ts';
import { idIn, offer, OFFERS, someRooms } from '../offers/offers-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let theirs: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
  theirs = await openBusiness(test);
});
afterAll(() => test.stop());

const TABLES = [
  'service',
  'service_variant',
  'service_add_on',
  'service_location',
  'location',
  'resource',
  'resource_group',
];
const MORE = [
  'resource_group_member',
  'resource_requirement',
  'booking_limit',
  'booking',
  'allocation',
  'idempotency_key',
];
const counts = () =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT ${[...TABLES, ...MORE].map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(', ')},
              (SELECT sum(version)::int FROM service) AS versions`,
    ),
  );

async function refusal(query: string, input: Record<string, unknown>, caller: Caller): Promise<unknown> {
  const before = await counts();
  const { errors, data } = await test.ask(caller, query, {
    input: { idempotencyKey: randomUUID(), ...input },
  });
  expect(Object.values(data ?? {}).every((value) => value === null)).toBe(true);
  expect(errors[0]?.message).toMatch(/^.{8,200}\.$/);
  expect(await counts()).toEqual(before);
  return errors[0]?.extensions?.code;
}
const asManager = (name: keyof typeof OFFERS, input: Record<string, unknown>) =>
  refusal(OFFERS[name], input, business.staff('MANAGER'));

const newService = () => ({
  name: 'New',
  durationMinutes: 60,
  priceMinor: 5000,
  providerIds: [business.providerId],
});

describe('[offers 1] a service that cannot be', () => {
  it.each([
    ['no seats', { capacity: 0 }],
    ['10 000 attendees', { capacity: 10_000 }],
    ['a negative buffer', { bufferBeforeMinutes: -5 }],
    ['an endless buffer', { bufferAfterMinutes: 100_000 }],
    ['a length of nothing', { durationMinutes: 0 }],
    ['a deposit above the price', { depositMinor: 5001 }],
    ['a fee above the price', { noShowFee: { amountMinor: 5001 } }],
    ['a fee that is two', { noShowFee: { amountMinor: 100, percent: 10 } }],
    ['a fee that is none', { lateCancellationFee: {} }],
    ['101 percent', { lateCancellationFee: { percent: 101 } }],
    ['a team larger than all', { providerChoice: 'COLLECTIVE', providersNeeded: 2 }],
    ['a team of a service of one', { providersNeeded: 2 }],
    ['an address in its name', { name: 'a@b.example' }],
    ['a half character', { name: 'a\ud83d' }],
  ])('%s', async (_what, wrong) => {
    expect(await asManager('createService', { ...newService(), ...wrong })).toBe('BAD_INPUT');
  });

  it('a change that would make it so', async () => {
    const of = { serviceId: business.serviceId, expectedVersion: 1 };
    expect(await asManager('updateService', { ...of, depositMinor: 8001 })).toBe('BAD_INPUT');
    expect(await asManager('updateService', { ...of, capacity: 501 })).toBe('BAD_INPUT');
    expect(
      await asManager('addServiceVariant', { ...of, name: 'V', durationMinutes: 4, priceMinor: 1 }),
    ).toBe('BAD_INPUT');
    expect(
      await asManager('addServiceAddOn', { ...of, name: 'A', extraMinutes: -1, extraPriceMinor: 0 }),
    ).toBe('BAD_INPUT');
  });
});

it('[offers 2] somebody else’s service, provider, place, room or group does not exist', async () => {
  const room = idIn(
    await offer({ test, business: theirs }, 'createResource', { kind: 'ROOM', name: 'Theirs' }),
  );
  const { groupId } = await someRooms(test, theirs, 1);
  const place = idIn(
    await offer({ test, business: theirs }, 'createLocation', { kind: 'PHONE', name: 'Theirs' }),
  );
  const of = { serviceId: business.serviceId, expectedVersion: 1 };
  const requiring = (requirement: object) =>
    asManager('setResourceRequirements', { ...of, requirements: [requirement] });
  expect(await asManager('updateService', { ...of, serviceId: theirs.serviceId })).toBe('NOT_FOUND');
  expect(await asManager('updateService', { ...of, providerIds: [theirs.providerId] })).toBe('NOT_FOUND');
  expect(await asManager('updateService', { ...of, locationIds: [place] })).toBe('NOT_FOUND');
  expect(await requiring({ resourceId: room })).toBe('NOT_FOUND');
  expect(await requiring({ groupId })).toBe('NOT_FOUND');
  expect(await asManager('createResourceGroup', { name: 'Ours', memberIds: [room] })).toBe('NOT_FOUND');
  expect(await asManager('createResource', { kind: 'ROOM', name: 'Ours', locationId: place })).toBe(
    'NOT_FOUND',
  );
  expect(await asManager('updateResource', { resourceId: room, expectedVersion: 1 })).toBe('NOT_FOUND');
  const limit = { period: 'DAY', bookingsMax: 3 };
  expect(
    await asManager('setBookingLimit', { ...limit, scope: 'PROVIDER', providerId: theirs.providerId }),
  ).toBe('NOT_FOUND');
  expect(
    await asManager('setBookingLimit', { ...limit, scope: 'SERVICE', serviceId: theirs.serviceId }),
  ).toBe('NOT_FOUND');
});

it('[offers 1] needs that contradict themselves', async () => {
  const { groupId, roomIds } = await someRooms(test, business, 2);
  const of = { serviceId: business.serviceId, expectedVersion: 1 };
  const requiring = (...requirements: object[]) =>
    asManager('setResourceRequirements', { ...of, requirements });
  expect(await requiring({ groupId, resourceId: roomIds[0] })).toBe('BAD_INPUT');
  expect(await requiring({ required: 1 })).toBe('BAD_INPUT');
  expect(await requiring({ groupId, required: 0 })).toBe('BAD_INPUT');
  expect(await requiring({ groupId, required: 51 })).toBe('BAD_INPUT');
  expect(await requiring({ groupId }, { groupId, required: 1 })).toBe('BAD_INPUT');
  expect(await requiring({ resourceId: business.providerId })).toBe('NOT_FOUND');
  expect(await asManager('createResourceGroup', { name: 'None', memberIds: [] })).toBe('BAD_INPUT');
  expect(await asManager('createResource', { kind: 'STAFF', name: 'Somebody' })).toBe('BAD_INPUT');
  expect(await asManager('createResource', { kind: 'ROOM', name: 'Pool of one', capacity: 1 })).toBe(
    'BAD_INPUT',
  );
  expect(await asManager('createLocation', { kind: 'IN_PERSON', name: 'Nowhere' })).toBe('BAD_INPUT');
  expect(await asManager('createLocation', { kind: 'VIDEO', name: 'Somewhere', address: '1 Lane' })).toBe(
    'BAD_INPUT',
  );
  expect(await asManager('createLocation', { kind: 'PHONE', name: 'Phone', timeZone: 'Europe/Lodnon' })).toBe(
    'BAD_INPUT',
  );
  expect(await asManager('setBookingLimit', { scope: 'SERVICE', period: 'DAY', bookingsMax: 3 })).toBe(
    'BAD_INPUT',
  );
  expect(await asManager('setBookingLimit', { scope: 'CLIENT', period: 'DAY', bookingsMax: 0 })).toBe(
    'BAD_INPUT',
  );
  const named = { scope: 'CLIENT', period: 'DAY', bookingsMax: 1, providerId: business.providerId };
  expect(await asManager('setBookingLimit', named)).toBe('BAD_INPUT');
});

it('[offers 2] a choice that is not of this service, twice, or without room', async () => {
  const client = await business.client();
  const other = await offer({ test, business }, 'createService', { ...newService(), name: 'Other' });
  const more = { serviceId: idIn(other), expectedVersion: 1 };
  const variant = { ...more, name: 'V', durationMinutes: 60, priceMinor: 1 };
  const changed = await offer({ test, business }, 'addServiceVariant', variant);
  const [foreign] = (changed['service'] as { variants: { id: string }[] }).variants;
  const slot = {
    serviceId: business.serviceId,
    providerId: business.providerId,
    startsAt: '2027-02-03T10:00:00.000Z',
  };
  const holding = (wrong: object) => refusal(HOLD, { ...slot, ...wrong }, client);
  expect(await holding({ variantId: foreign?.id })).toBe('NOT_FOUND');
  expect(await holding({ addOnIds: [randomUUID()] })).toBe('NOT_FOUND');
  expect(await holding({ locationId: randomUUID() })).toBe('NOT_FOUND');
  expect(await holding({ seats: 2 })).toBe('BAD_INPUT');
  expect(await holding({ seats: 0 })).toBe('BAD_INPUT');
  expect(await holding({ seats: 10_000 })).toBe('BAD_INPUT');
  const of = { serviceId: business.serviceId, expectedVersion: 1 };
  const added = await offer({ test, business }, 'addServiceAddOn', {
    ...of,
    name: 'Tea',
    extraMinutes: 5,
    extraPriceMinor: 1,
  });
  const [tea] = (added['service'] as { addOns: { id: string }[] }).addOns;
  expect(await holding({ addOnIds: [tea?.id, tea?.id] })).toBe('BAD_INPUT');
});

describe('[offers 3] who decides what is offered', () => {
  const input: Record<keyof typeof OFFERS, () => Record<string, unknown>> = {
    createService: newService,
    updateService: () => ({ serviceId: business.serviceId, expectedVersion: 1 }),
    archiveService: () => ({ serviceId: business.serviceId, expectedVersion: 1 }),
    addServiceVariant: () => ({
      serviceId: business.serviceId,
      expectedVersion: 1,
      name: 'V',
      durationMinutes: 5,
      priceMinor: 1,
    }),
    addServiceAddOn: () => ({
      serviceId: business.serviceId,
      expectedVersion: 1,
      name: 'A',
      extraMinutes: 5,
      extraPriceMinor: 1,
    }),
    archiveServiceChoice: () => ({
      serviceId: business.serviceId,
      expectedVersion: 1,
      choiceId: randomUUID(),
    }),
    setResourceRequirements: () => ({ serviceId: business.serviceId, expectedVersion: 1, requirements: [] }),
    createLocation: () => ({ kind: 'PHONE', name: 'Phone' }),
    updateLocation: () => ({ locationId: randomUUID(), expectedVersion: 1 }),
    createResource: () => ({ kind: 'ROOM', name: 'Room' }),
    updateResource: () => ({ resourceId: randomUUID(), expectedVersion: 1 }),
    createResourceGroup: () => ({ name: 'Rooms', memberIds: [randomUUID()] }),
    updateResourceGroup: () => ({
      groupId: randomUUID(),
      expectedVersion: 1,
      name: 'Rooms',
      memberIds: [randomUUID()],
    }),
    setBookingLimit: () => ({ scope: 'CLIENT', period: 'DAY', bookingsMax: 1 }),
    removeBookingLimit: () => ({ limitId: randomUUID() }),
  };
  it.each(['PROVIDER', 'FRONT_DESK', 'BILLING', 'CLIENT', 'ANONYMOUS'] as const)('not %s', async (role) => {
    const caller =
      role === 'CLIENT'
        ? await business.client()
        : role === 'ANONYMOUS'
          ? business.anonymous()
          : business.staff(role);
    for (const [name, of] of Object.entries(input)) {
      const code = await refusal(OFFERS[name as keyof typeof OFFERS], of(), caller);
      expect([name, code]).toEqual([name, 'UNAUTHORIZED_FIELD_OR_TYPE']);
    }
  });
});

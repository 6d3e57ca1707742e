import { mutate } from '../operations-for-tests.ts';
import { idIn, offer, OFFERS, someRooms } from '../offers/offers-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
});

const of = (expectedVersion: number) => ({ serviceId: business.serviceId, expectedVersion });

it('a service grows by variants, add-ons and places, one version at a time', async () => {
  const place = await offer({ test, business }, 'createLocation', {
    kind: 'IN_PERSON',
    name: 'Riverside',
    address: '1 Water Lane',
    timeZone: 'Europe/London',
  });
  expect(place).toMatchObject({ location: { timeZoneVisible: false, version: 1 } });
  await offer({ test, business }, 'addServiceVariant', {
    ...of(1),
    name: 'Long',
    durationMinutes: 90,
    priceMinor: 11_000,
  });
  await offer({ test, business }, 'addServiceAddOn', {
    ...of(2),
    name: 'Tea',
    extraMinutes: 15,
    extraPriceMinor: 300,
  });
  const changed = await offer({ test, business }, 'updateService', {
    ...of(3),
    capacity: 6,
    approvalRequired: true,
    noShowFee: { percent: 50 },
    locationIds: [idIn(place)],
  });
  expect(changed).toMatchObject({
    __typename: 'ServiceChanged',
    service: {
      version: 4,
      name: 'An hour',
      capacity: 6,
      approvalRequired: true,
      timeZoneVisible: false,
      noShowFee: { percent: 50, amount: null },
      variants: [{ name: 'Long', durationMinutes: 90, price: { amountMinor: 11_000 } }],
      addOns: [{ name: 'Tea', extraMinutes: 15, extraPrice: { amountMinor: 300 } }],
      locations: [{ kind: 'IN_PERSON', address: '1 Water Lane' }],
    },
  });
  const [variant] = (changed['service'] as { variants: { id: string }[] }).variants;
  const archived = await offer({ test, business }, 'archiveServiceChoice', {
    ...of(4),
    choiceId: variant?.id,
  });
  expect(archived).toMatchObject({ service: { version: 5, variants: [], addOns: [{ name: 'Tea' }] } });
  expect(await offer({ test, business }, 'archiveService', of(5))).toMatchObject({
    __typename: 'ServiceChanged',
  });
  const { data } = await test.ask(business.anonymous(), '{ services { id } locations { name address } }');
  expect(data).toEqual({ services: [], locations: [{ name: 'Riverside', address: '1 Water Lane' }] });
});

it('two managers change a service: the second is told of the first', async () => {
  expect(await offer({ test, business }, 'updateService', { ...of(1), name: 'One' })).toMatchObject({
    service: { version: 2 },
  });
  const late = await offer({ test, business }, 'updateService', { ...of(1), name: 'Two' });
  expect(late).toMatchObject({ __typename: 'VersionConflict', currentVersion: 2 });
});

it('the same key answers the same, and another request with it nothing', async () => {
  const idempotencyKey = '11111111-2222-4333-8444-555555555555';
  const input = { kind: 'ROOM', name: 'Blue room', idempotencyKey };
  const manager = business.staff('MANAGER');
  const create = (more: object) =>
    mutate(test, manager, { query: OFFERS.createResource, input: { ...input, ...more } });
  const first = await create({});
  expect(await create({})).toEqual(first);
  expect(await create({ name: 'Red room' })).toMatchObject({
    __typename: 'IdempotencyConflict',
  });
  const { data } = await test.ask(business.staff('FRONT_DESK'), '{ resources { name } }');
  expect(data).toEqual({ resources: [{ name: 'Blue room' }] });
});

it('a service cannot need more rooms than there are, nor a group become smaller than what is needed of it', async () => {
  const { groupId, roomIds } = await someRooms(test, business, 3);
  const needs = (required: number) => [{ groupId, required }];
  expect(
    await offer({ test, business }, 'setResourceRequirements', { ...of(1), requirements: needs(4) }),
  ).toMatchObject({ __typename: 'NotEnoughResources', available: 3 });
  expect(
    await offer({ test, business }, 'setResourceRequirements', { ...of(1), requirements: needs(3) }),
  ).toMatchObject({ service: { version: 2, requirements: [{ groupId, required: 3 }] } });
  const smaller = { groupId, expectedVersion: 1, name: 'Rooms', memberIds: roomIds.slice(1) };
  expect(await offer({ test, business }, 'updateResourceGroup', smaller)).toMatchObject({ available: 2 });
  // Whoever passes the use case meets the constraint.
  const around = test.database.transaction(business.organizationId, (tx) =>
    tx.query('DELETE FROM resource_group_member WHERE resource_id = $1', [roomIds[0]]),
  );
  await expect(around).rejects.toMatchObject({ constraint: 'requirement_fits_what_there_is' });
  const mats = idIn(
    await offer({ test, business }, 'createResource', { kind: 'EQUIPMENT', name: 'Mat', capacity: 5 }),
  );
  const two = [{ groupId }, { resourceId: mats, required: 5 }];
  expect(
    await offer({ test, business }, 'setResourceRequirements', { ...of(2), requirements: two }),
  ).toMatchObject({
    service: { version: 3 },
  });
  const fewer = { resourceId: mats, expectedVersion: 1, capacity: 4 };
  expect(await offer({ test, business }, 'updateResource', fewer)).toMatchObject({ available: 4 });
});

it('what was changed stands in the audit, with who did it', async () => {
  await offer({ test, business }, 'updateService', { ...of(1), name: 'One' });
  const rows = await test.database.infrastructure('test', (tx) =>
    tx.query<{ action: string }>(
      `SELECT payload ->> 'action' AS action FROM outbox WHERE organization_id = $1 AND name = 'audit.recorded'`,
      [business.organizationId],
    ),
  );
  expect(rows).toEqual([{ action: 'service_updated' }]);
});

/**
 * The hole this keeps closed: an id is enough (cal.com PR #29888, #22542). Whoever may not know of a booking must not
 * learn that it exists, read it, or change it: not another client, not another organization, not staff of a role that
 * has no business with it, by no query and no mutation.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import {
  book,
  CANCEL,
  COMPLETE,
  CONFIRM,
  hold,
  mutate,
  NO_SHOW,
  RELEASE,
  RESCHEDULE,
} from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let owner: Caller;
let bookingId: string;
let holdId: string;

beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
  owner = await business.client();
  const booked = await book(test, owner, {
    ...business,
    startsAt: '2027-02-03T10:00:00.000Z',
    notes: 'حساسية من البنسلين 💊',
  });
  bookingId = booked.id;
  holdId = String((await hold(test, owner, { ...business, startsAt: '2027-02-03T12:00:00.000Z' }))['id']);
});
afterAll(() => test.stop());

const change = () => ({ bookingId, expectedVersion: 2 });
const NOTES = 'query ($id: ID!) { booking(id: $id) { id notes } }';
const ENTITY = `query ($id: ID!) { _entities(representations: [{ __typename: "Booking", id: $id }]) { ... on Booking { id startsAt notes } } }`;

const strangers: [string, () => Promise<Caller> | Caller][] = [
  ['another client', () => business.client()],
  ['a client of another organization', async () => (await openBusiness(test)).client()],
  ['another organization’s manager', async () => (await openBusiness(test)).staff('MANAGER', 'FRONT_DESK')],
  ['another provider', () => business.staff('PROVIDER')],
  [
    'the owner’s account, claimed in another organization',
    async () => ({ ...owner, organizationId: (await openBusiness(test)).organizationId }),
  ],
];

describe.each(strangers)('[scheduling A21] %s', (_who, makeCaller) => {
  let stranger: Caller;
  beforeAll(async () => {
    stranger = await makeCaller();
  });

  it('cannot learn that the booking exists', async () => {
    const { data, errors } = await test.ask(stranger, NOTES, { id: bookingId });
    expect(data).toEqual({ booking: null });
    const unknown = await test.ask(stranger, NOTES, { id: randomUUID() });
    expect(errors).toEqual(unknown.errors);
    expect(errors[0]?.extensions?.code).toBe('NOT_FOUND');
    const list = await test.ask(stranger, '{ bookings { nodes { id } } }');
    expect(list.data).toEqual({ bookings: { nodes: [] } });
    const entity = await test.ask(stranger, ENTITY, { id: bookingId });
    expect(entity.data).toEqual({ _entities: [null] });
  });

  it.each([
    [
      'reschedule',
      () => ({ query: RESCHEDULE, input: { ...change(), startsAt: '2027-02-05T10:00:00.000Z' } }),
    ],
    ['cancel', () => ({ query: CANCEL, input: change() })],
    ['complete', () => ({ query: COMPLETE, input: change() })],
    ['mark no-show', () => ({ query: NO_SHOW, input: change() })],
    ['confirm', () => ({ query: CONFIRM, input: { holdId } })],
    ['release', () => ({ query: RELEASE, input: { holdId } })],
  ] as const)('cannot %s it', async (_verb, operation) => {
    await expect(mutate(test, stranger, operation())).rejects.toThrow(
      /^(NOT_FOUND|UNAUTHORIZED_FIELD_OR_TYPE)/,
    );
    const rows = await test.database.transaction(business.organizationId, (tx) =>
      tx.query(`SELECT status, version FROM booking WHERE id = $1`, [bookingId]),
    );
    expect(rows).toEqual([{ status: 'CONFIRMED', version: 2 }]);
  });
});

it('[scheduling A21] a stranger hears the same of a hold as of one that does not exist', async () => {
  const stranger = await business.client();
  for (const query of [CONFIRM, RELEASE]) {
    const refusalOf = (id: string) => mutate(test, stranger, { query, input: { holdId: id } }).catch(String);
    expect(await refusalOf(holdId)).toBe(await refusalOf(randomUUID()));
  }
});

describe('[scheduling A22] who may know of a booking', () => {
  it.each([
    ['its client', () => owner, 'حساسية من البنسلين 💊'],
    ['its provider', () => business.provider(), 'حساسية من البنسلين 💊'],
    ['the front desk', () => business.staff('FRONT_DESK'), null],
    ['billing', () => business.staff('BILLING'), null],
    ['a manager', () => business.staff('MANAGER'), null],
  ] as const)(
    '%s reads the notes, or null with the reason and the path',
    async (_who, makeCaller, expected) => {
      const { data, errors } = await test.ask(makeCaller(), NOTES, { id: bookingId });
      expect(data).toEqual({ booking: { id: bookingId, notes: expected } });
      if (expected === null) {
        expect(errors).toMatchObject([
          { path: ['booking', 'notes'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } },
        ]);
      } else expect(errors).toEqual([]);
    },
  );

  it('staff without a second factor know of none', async () => {
    const { data, errors } = await test.ask({ ...business.staff('MANAGER'), secondFactor: false }, NOTES, {
      id: bookingId,
    });
    expect(data).toEqual({ booking: null });
    expect(errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  });

  it('billing may look but not touch, the front desk may not set hours', async () => {
    await expect(mutate(test, business.staff('BILLING'), { query: CANCEL, input: change() })).rejects.toThrow(
      /UNAUTHORIZED_FIELD_OR_TYPE/,
    );
    const rules = `mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename } }`;
    const input = { providerId: business.providerId, rules: [] };
    await expect(mutate(test, business.staff('FRONT_DESK'), { query: rules, input })).rejects.toThrow(
      /UNAUTHORIZED_FIELD_OR_TYPE/,
    );
  });
});

describe('[scheduling A23] what another organization owns', () => {
  it('cannot be booked, looked at or changed with its ids', async () => {
    const other = await openBusiness(test);
    const client = await other.client();
    const slot = { startsAt: '2027-02-03T15:00:00.000Z' };
    const { serviceId, providerId } = business;
    await expect(hold(test, client, { ...slot, serviceId, providerId })).rejects.toThrow(/NOT_FOUND/);
    expect(await hold(test, client, { ...slot, serviceId: other.serviceId, providerId })).toMatchObject({
      code: 'NOT_OFFERED',
    });
    const looked = await test.ask(
      client,
      `query ($input: AvailabilityInput!, $id: ID!) { availability(input: $input) { slots { startsAt } } providers(serviceId: $id) { id } }`,
      {
        id: serviceId,
        input: { serviceId, from: '2027-02-03T00:00:00Z', to: '2027-02-04T00:00:00Z', timeZone: 'UTC' },
      },
    );
    expect(looked.data).toEqual({ availability: null, providers: [] });
    const provider = await test.ask(
      client,
      'query ($id: ID!) { _entities(representations: [{ __typename: "Provider", id: $id }]) { ... on Provider { timeZone } } }',
      { id: providerId },
    );
    expect(provider.data).toEqual({ _entities: [null] });
    const manager = other.staff('MANAGER');
    const rules = `mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename } }`;
    const override = `mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }`;
    const create = `mutation ($input: CreateServiceInput!) { createService(input: $input) { __typename } }`;
    const hours = { providerId, rules: [] };
    await expect(mutate(test, manager, { query: rules, input: hours })).rejects.toThrow(/NOT_FOUND/);
    const date = { providerId, date: '2027-02-05', windows: [] };
    await expect(mutate(test, manager, { query: override, input: date })).rejects.toThrow(/NOT_FOUND/);
    const service = { name: 'Mine now', durationMinutes: 30, priceMinor: 1, providerIds: [providerId] };
    await expect(mutate(test, manager, { query: create, input: service })).rejects.toThrow(/NOT_FOUND/);
    const left = await test.database.transaction(business.organizationId, (tx) =>
      tx.query(
        `SELECT (SELECT count(*)::int FROM weekly_rule) AS rules, (SELECT count(*)::int FROM date_override) AS overrides`,
      ),
    );
    expect(left).toEqual([{ rules: 7, overrides: 0 }]);
  });
});

it('[scheduling A24] notes lie encrypted in the database, bound to their row', async () => {
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ notes: Buffer }>('SELECT notes FROM booking WHERE id = $1', [bookingId]),
  );
  expect(row?.notes.toString('utf8')).not.toContain('البنسلين');
  const elsewhere = await book(test, owner, {
    ...business,
    startsAt: '2027-02-04T10:00:00.000Z',
    notes: 'x',
  });
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE booking SET notes = (SELECT notes FROM booking WHERE id = $1) WHERE id = $2', [
      bookingId,
      elsewhere.id,
    ]),
  );
  const { data, errors } = await test.ask(owner, NOTES, { id: elsewhere.id });
  expect(data).toEqual({ booking: { id: elsewhere.id, notes: null } });
  expect(errors[0]?.extensions?.code).toBe('INTERNAL');
});

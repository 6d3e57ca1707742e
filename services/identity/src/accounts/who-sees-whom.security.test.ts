// A person of another organization, or one whom the caller may not know of, does not exist; and what may be seen of a
// known person depends on who asks.
import { randomUUID } from 'node:crypto';
import { callerOf } from '@kept/testing';
import type { Caller } from '@kept/passport';
import type { Member } from './enter-member.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
let riverside: string;
let client: Member;
let other: Member;
let manager: Member;
beforeAll(async () => {
  test = await openTestIdentity();
  riverside = await test.organization();
  client = await test.member({ organizationId: riverside, roles: ['CLIENT'], displayName: 'Zoë أحمد' });
  other = await test.member({ organizationId: riverside, roles: ['CLIENT'] });
  manager = await test.member({ organizationId: riverside, roles: ['MANAGER'] });
});
afterAll(() => test.stop());

const CLIENT = '{ id displayName email phone erased }';
const askClient = (caller: Caller, id = client.id) =>
  test.ask(caller, `query ($id: ID!) { client(id: $id) ${CLIENT} }`, { id });
const askEntities = (caller: Caller, references: object[]) =>
  test.ask(
    caller,
    `query ($references: [_Any!]!) { _entities(representations: $references) {
       ... on Client ${CLIENT} ... on StaffMember { id staffName: displayName email roles } ... on Organization { id name } } }`,
    { references },
  );
const staff = (
  role: 'PROVIDER' | 'FRONT_DESK' | 'BILLING' | 'MANAGER' | 'COMPLIANCE',
  more: Partial<Caller> = {},
) => callerOf({ kind: 'STAFF', organizationId: riverside, roles: [role], ...more });
const self = () =>
  callerOf({ kind: 'CLIENT', organizationId: riverside, accountId: client.id, roles: ['CLIENT'] });

it.each([
  ['FRONT_DESK', true],
  ['MANAGER', true],
  ['PROVIDER', false],
  ['BILLING', false],
] as const)('[ACC-02] %s sees the name of a client; the contact: %s', async (role, contact) => {
  const { data, errors } = await askClient(staff(role));
  expect(data?.['client']).toMatchObject({ displayName: 'Zoë أحمد', email: contact ? client.email : null });
  expect(errors.map(({ path, extensions }) => [path?.join('.'), extensions?.code])).toEqual(
    contact
      ? []
      : [
          ['client.email', 'UNAUTHORIZED_FIELD_OR_TYPE'],
          ['client.phone', 'UNAUTHORIZED_FIELD_OR_TYPE'],
        ],
  );
});

it('[ACC-02] clients see themselves whole, and of other clients not even that they exist', async () => {
  expect((await askClient(self())).data?.['client']).toMatchObject({ email: client.email });
  const foreign = await askClient(self(), other.id);
  const nobody = await askClient(self(), randomUUID());
  expect(foreign.errors[0]?.extensions?.code).toBe('NOT_FOUND');
  expect({ ...foreign, headers: 0 }).toEqual({ ...nobody, headers: 0 });
});

it('[AUT-01] roles of staff count only with a second factor', async () => {
  const { data, errors } = await askClient(staff('MANAGER', { secondFactor: false }));
  expect(data?.['client'] ?? null).toBeNull();
  expect(errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
});

it.each(['MANAGER', 'FRONT_DESK', 'PROVIDER', 'BILLING'] as const)(
  '[identity A44] %s of another organization finds nothing, by any query or reference',
  async (role) => {
    const elsewhere = await test.organization();
    const caller = staff(role, { organizationId: elsewhere });
    for (const id of [client.id, other.id, manager.id]) {
      const found = await askClient(caller, id);
      const nobody = await askClient(caller, randomUUID());
      expect(found.errors[0]?.extensions?.code).toBe('NOT_FOUND');
      expect({ ...found, headers: 0 }).toEqual({ ...nobody, headers: 0 });
    }
    const { data } = await askEntities(caller, [
      { __typename: 'Client', id: client.id },
      { __typename: 'StaffMember', id: manager.id },
      { __typename: 'Organization', id: riverside },
    ]);
    expect(data?.['_entities']).toEqual([null, null, null]);
    expect((await test.ask(caller, '{ organization { id } }')).data).toEqual({
      organization: { id: elsewhere },
    });
  },
);

it('[identity A44] a token of one organization changes nothing in another', async () => {
  const elsewhere = await test.organization();
  const step = await test.signIn(client);
  const { accountId, sessionId } = test.callerFrom(step);
  const caller = callerOf({
    kind: 'CLIENT',
    organizationId: elsewhere,
    accountId,
    sessionId,
    roles: ['CLIENT'],
  });
  const enrol = await test.ask(caller, 'mutation { totpEnrollmentStart { secret } }');
  expect(enrol.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  await test.ask(caller, 'mutation { signOut { endedAt } }');
  const viewer = await test.ask(test.callerFrom(step), '{ viewer { sessions { id } } }');
  expect(viewer.data?.['viewer']).toEqual({ sessions: [{ id: sessionId }] });
});

it('ids that are none are not found, and break nothing', async () => {
  for (const id of ['', '1', "' OR 1=1 --", 'x'.repeat(10_000)]) {
    expect((await askClient(staff('MANAGER'), id)).errors[0]?.extensions?.code).toBe('NOT_FOUND');
  }
  const { data, errors } = await askEntities(staff('MANAGER'), [{ __typename: 'Client', id: 'none' }]);
  expect([data?.['_entities'], errors]).toEqual([[null], []]);
});

it('somebody erased is a stub: an id for the records that stay, and nothing else', async () => {
  const gone = await test.member({ organizationId: riverside, roles: ['CLIENT'] });
  await test.databases.database.transaction(riverside, async (tx) => {
    await test.identity.keyring.destroySubject(tx, gone.id);
    await tx.query("UPDATE account SET state = 'ERASED', email_index = NULL WHERE id = $1", [gone.id]);
  });
  const { data, errors } = await askEntities(staff('MANAGER'), [{ __typename: 'Client', id: gone.id }]);
  expect(errors).toEqual([]);
  expect(data?.['_entities']).toEqual([
    { id: gone.id, displayName: null, email: null, phone: null, erased: true },
  ]);
  expect((await test.start(test.anonymous(riverside), gone)).code).toBe('BAD_CREDENTIALS');
});

it('answers a list of a hundred people with one transaction', async () => {
  const before = test.databases.database.counters.transactions;
  const references = Array.from({ length: 100 }, (_, at) => ({
    __typename: at % 2 ? 'Client' : 'StaffMember',
    id: at % 2 ? client.id : manager.id,
  }));
  const people = rootField<unknown[]>(await askEntities(staff('MANAGER'), references));
  expect(people.every((person) => person !== null)).toBe(true);
  expect(test.databases.database.counters.transactions - before).toBe(1);
});

it('staff are known by name to everybody, their address to themselves and the manager', async () => {
  const reference = [{ __typename: 'StaffMember', id: manager.id }];
  const asked = await askEntities(test.anonymous(riverside), reference);
  expect(asked.data?.['_entities']).toEqual([
    { id: manager.id, staffName: 'Ada Example', email: null, roles: null },
  ]);
  const own = callerOf({
    kind: 'STAFF',
    organizationId: riverside,
    accountId: manager.id,
    roles: ['BILLING'],
  });
  expect((await askEntities(own, reference)).data?.['_entities']).toEqual([
    { id: manager.id, staffName: 'Ada Example', email: manager.email, roles: ['MANAGER'] },
  ]);
});

// An ability is kept per person. The hole would be one person, role, session or emergency answered with another's.
import { may, readAccessMap, accessSdl, type DefineVerbs } from '@kept/access-policy';
import { anonymousCaller, type Caller } from '@kept/passport';
import { parse } from 'graphql';
import { openAbilities } from './abilities.ts';

const schema = readAccessMap(
  parse(`${accessSdl}
    directive @link(url: String!, import: [String!]) on SCHEMA
    schema @link(url: "https://kept.example/access/v1.0", import: ["@access"]) { query: Query }
    type Query { note: String @access(allow: [PUBLIC]) }`),
);
const seen: Caller[] = [];
const verbs: DefineVerbs = (caller, can) => {
  seen.push(caller);
  can('cancel', 'Booking', { clientId: caller.accountId });
  if (caller.roles.includes('MANAGER') && caller.secondFactor) can('export', 'Booking');
};
const anna: Caller = {
  ...anonymousCaller({
    organizationId: '55555555-5555-4555-8555-555555555555',
    requestId: 'r1',
    operationName: 'A',
    networkAddress: '203.0.113.9',
    policyVersion: 'v1',
  }),
  kind: 'STAFF',
  accountId: '11111111-1111-4111-8111-111111111111',
  roles: ['MANAGER'],
  secondFactor: true,
  sessionId: '22222222-2222-4222-8222-222222222222',
  authenticatedAt: 1_900_000_000,
};
const open = () => {
  seen.length = 0;
  return openAbilities({ schema, relations: {}, verbs });
};

it('builds once for a person’s requests, and shows policies nothing of a single one', () => {
  const abilityOf = open();
  const first = abilityOf(anna, undefined);
  expect(abilityOf({ ...anna, requestId: 'r2', operationName: 'B', networkAddress: null }, undefined)).toBe(
    first,
  );
  expect(seen).toEqual([
    { ...anna, requestId: '-', operationName: null, networkAddress: null, policyVersion: '-' },
  ]);
});

it.each<[string, Partial<Caller>]>([
  ['person', { accountId: '33333333-3333-4333-8333-333333333333' }],
  ['organization', { organizationId: '66666666-6666-4666-8666-666666666666' }],
  ['role', { roles: [] }],
  ['session', { sessionId: '44444444-4444-4444-8444-444444444444' }],
  ['second factor', { secondFactor: false }],
  ['sign-in', { authenticatedAt: 1_900_000_001 }],
  ['kind', { kind: 'CLIENT' }],
])('never answers one %s with the ability of another, whoever came first', (_what, change) => {
  const abilityOf = open();
  const other: Caller = { ...anna, ...change };
  const first = abilityOf(anna, undefined);
  expect(abilityOf(other, undefined)).not.toBe(first);
  expect(seen.at(-1)).toMatchObject(change);
  expect(may(abilityOf(other, undefined), 'export', 'Booking')).toBe(
    other.roles.includes('MANAGER') && other.secondFactor,
  );
  expect(may(abilityOf(anna, undefined), 'export', 'Booking')).toBe(true);
});

it('keeps no ability of an emergency: it ends by the clock', () => {
  const abilityOf = open();
  const inEmergency = { ...anna, emergencyUntil: 1_900_000_060 };
  const now = new Date(1_900_000_000_000);
  expect(abilityOf(inEmergency, now)).not.toBe(abilityOf(inEmergency, now));
  expect(abilityOf(anna, now)).toBe(abilityOf(anna, now));
});

it('remembers a bounded number of people', () => {
  const abilityOf = open();
  const first = abilityOf(anna, undefined);
  for (let index = 0; index < 250; index += 1) abilityOf({ ...anna, authenticatedAt: index }, undefined);
  expect(abilityOf(anna, undefined)).not.toBe(first);
});

// The hole: one way in, or one mutation, that forgets to ask staff for the second factor (AUT-01, A19).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES, type Role } from '@kept/passport';
import { callerOf } from '@kept/testing';
import { Kind, parse, type FieldDefinitionNode, type TypeNode } from 'graphql';
import type { Member } from '../accounts/enter-member.ts';
import { claimsOf, outcome } from '../people/people-for-tests.ts';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 1,
  Float: 1,
  Boolean: true,
  ID: '11111111-1111-4111-8111-111111111111',
  DateTime: '2027-03-02T10:00:00Z',
  TimeZone: 'Europe/London',
};
const STAFF_ROLES: readonly Role[] = ROLES.filter((role) => role !== 'CLIENT');
const sessionsOf = ({ id }: Member) =>
  test.databases.database.transaction(organizationId, (tx) =>
    tx.query('SELECT FROM session WHERE account_id = $1', [id]),
  );

describe('staff without a second factor', () => {
  let newcomer: Member;
  beforeAll(async () => {
    newcomer = await test.member({ organizationId, roles: ['MANAGER'], totpSecret: undefined });
  });

  it('[AUT-01] get an enrolment for their password, and by no other way a session', async () => {
    const anonymous = test.anonymous(organizationId);
    const { email } = newcomer;
    const step = await test.start(anonymous, newcomer);
    expect(step.__typename).toBe('EnrollmentRequired');
    const { flow = '' } = step;
    for (const factor of ['TOTP', 'RECOVERY_CODE', 'EMAIL_CODE', 'SMS_CODE']) {
      await test.ask(
        anonymous,
        'mutation ($flow: ID!, $factor: FactorKind!) { challengePrepare(flow: $flow, factor: $factor) { message } }',
        { flow, factor },
      );
      expect(await test.answer(anonymous, { flow, factor, code: '12345678' })).toMatchObject({
        code: 'FLOW_EXPIRED',
      });
    }
    const guest = await test.ask(
      anonymous,
      'mutation ($input: GuestStartInput!) { guestStart(input: $input) { __typename } }',
      { input: { email, displayName: 'Ada Example' } },
    );
    expect(guest.errors).toEqual([]);
    const mails = await test.mailsTo(email);
    expect(mails.filter(({ text }) => /\b\d{8}\b/.test(text))).toEqual([]);
    expect(await sessionsOf(newcomer)).toEqual([]);
  });

  it('[AUT-01] have a token that says mfa once they have enrolled and signed in with it', async () => {
    const member = await test.member({ organizationId, roles: ['PROVIDER'] });
    const { accessToken = '' } = await test.signIn(member);
    expect(claimsOf(accessToken)).toMatchObject({ sf: true, acr: 'STRONG', amr: ['pwd', 'otp', 'mfa'] });
  });
});

// What the gateway sends on is checked here a second time: each mutation of this subgraph, asked as the token would.
describe('a token of staff without one', () => {
  const slices = readdirSync(join(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => parse(readFileSync(join(import.meta.dirname, '..', name), 'utf8')));
  const definitions = slices.flatMap((slice) => slice.definitions);
  const mutations = definitions.flatMap((one) =>
    one.kind === Kind.OBJECT_TYPE_EXTENSION && one.name.value === 'Mutation' ? (one.fields ?? []) : [],
  );
  const audiences = ({ directives }: FieldDefinitionNode): string[] =>
    (directives ?? [])
      .filter(({ name }) => name.value === 'access')
      .flatMap(({ arguments: given }) => given ?? [])
      .flatMap(({ value }) =>
        value.kind === Kind.LIST
          ? value.values.flatMap((one) => (one.kind === Kind.ENUM ? [one.value] : []))
          : [],
      );
  const ofStaff = mutations.filter((field) => {
    const allowed = audiences(field);
    return allowed.length > 0 && allowed.every((audience) => STAFF_ROLES.includes(audience as Role));
  });
  const written = (type: TypeNode): string =>
    type.kind === Kind.NAMED_TYPE
      ? type.name.value
      : type.kind === Kind.LIST_TYPE
        ? `[${written(type.type)}]`
        : `${written(type.type)}!`;
  // The least that is well formed, so that nothing but the guard refuses it.
  const example = (type: TypeNode): unknown => {
    if (type.kind === Kind.NON_NULL_TYPE) return example(type.type);
    if (type.kind === Kind.LIST_TYPE) return [example(type.type)];
    const name = type.name.value;
    const definition = definitions.find((one) => 'name' in one && one.name?.value === name);
    if (definition?.kind === Kind.ENUM_TYPE_DEFINITION) return definition.values?.[0]?.name.value;
    if (definition?.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION) return SCALARS[name] ?? 'x';
    const needed = (definition.fields ?? []).filter((field) => field.type.kind === Kind.NON_NULL_TYPE);
    return Object.fromEntries(needed.map((field) => [field.name.value, example(field.type)]));
  };
  const ask = async (
    field: FieldDefinitionNode,
    how: { secondFactor: boolean; assurance: 'PASSWORD' | 'RESTRICTED' },
  ) => {
    const needed = (field.arguments ?? []).filter(({ type }) => type.kind === Kind.NON_NULL_TYPE);
    const declared = needed.map(({ name, type }) => `$${name.value}: ${written(type)}`).join(', ');
    const given = needed.map(({ name }) => `${name.value}: $${name.value}`).join(', ');
    const caller = callerOf({ kind: 'STAFF', organizationId, roles: STAFF_ROLES, ...how });
    const query = `mutation ${declared && `(${declared})`} { ${field.name.value}${given && `(${given})`} { __typename } }`;
    const variables = Object.fromEntries(needed.map(({ name, type }) => [name.value, example(type)]));
    return outcome(await test.ask(caller, query, variables));
  };

  it('[AUT-01] is refused by every mutation that is for staff, and so is one with a code by mail or text', async () => {
    expect(ofStaff.length).toBeGreaterThan(30);
    for (const field of ofStaff) {
      for (const how of [
        { secondFactor: false, assurance: 'PASSWORD' },
        { secondFactor: true, assurance: 'RESTRICTED' },
      ] as const) {
        const said = String(await ask(field, how)).split(':', 1);
        expect([field.name.value, how.assurance, ...said]).toEqual([
          field.name.value,
          how.assurance,
          'UNAUTHORIZED_FIELD_OR_TYPE',
        ]);
      }
    }
  });
});

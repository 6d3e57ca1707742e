import { buildAbility, may, readAccessMap } from '@kept/access-policy';
import { ROLES } from '@kept/passport';
import { readSdl } from '@kept/subgraph-kit';
import { callerOf } from '@kept/testing';
import { join } from 'node:path';
import { consentRelations, consentVerbs } from './consent.policy.ts';

const schema = readAccessMap(readSdl(join(import.meta.dirname, '..')));

const people = {
  anonymous: callerOf({ kind: 'ANONYMOUS' }),
  client: callerOf({ kind: 'CLIENT' }),
  'staff without second factor': callerOf({ kind: 'STAFF', roles: [...ROLES], secondFactor: false }),
  ...Object.fromEntries(
    ROLES.filter((role) => role !== 'CLIENT').map((role) => [
      role,
      callerOf({ kind: 'STAFF', roles: [role] }),
    ]),
  ),
};

it('lets clients decide on their own consent only, and managers and compliance publish texts', () => {
  const table = Object.entries(people).map(([name, caller]) => {
    const ability = buildAbility({ schema, caller, relations: consentRelations, verbs: consentVerbs });
    const own = { clientId: caller.accountId };
    const strangers = { clientId: '99999999-9999-4999-8999-999999999999' };
    return [
      name,
      may(ability, 'decideOnConsent', 'Consent', own),
      may(ability, 'decideOnConsent', 'Consent', strangers),
      may(ability, 'publish', 'PolicyDocument', {}),
    ];
  });
  expect(table).toEqual([
    ['anonymous', false, false, false],
    ['client', true, false, false],
    ['staff without second factor', false, false, false],
    ['PROVIDER', false, false, false],
    ['FRONT_DESK', false, false, false],
    ['BILLING', false, false, false],
    ['MANAGER', false, false, true],
    ['COMPLIANCE', false, false, true],
  ]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Audience } from '@kept/access-policy';
import { openCountryDatabase } from './country-database.ts';
import { refusingRule, type Visitor } from './network-rules.ts';
import { readNetworkRules } from './read-rules.ts';

const CLINIC = 'abcdefab-cdef-4abc-8def-abcdefabcdef';
const SCHOOL = '66666666-6666-4666-8666-666666666666';
const countryOf = openCountryDatabase(
  readFileSync(join(import.meta.dirname, 'fixtures/GeoLite2-Country-Test.mmdb')),
);
const rulesOf = (...rules: object[]) =>
  readNetworkRules(JSON.stringify({ rules: rules.map((rule, at) => ({ name: `rule ${at}`, ...rule })) }), {
    knowsCountries: true,
  });
const visitor = (
  kind: Visitor['caller']['kind'],
  audiences: readonly Audience[] = [],
  organizationId = CLINIC,
) => ({
  caller: { kind, organizationId },
  audiences,
});
const manager = visitor('STAFF', ['PUBLIC', 'SIGNED_IN', 'MANAGER']);
const client = visitor('CLIENT', ['PUBLIC', 'SIGNED_IN', 'CLIENT']);
const isRefused = (rules: ReturnType<typeof rulesOf>, address: string | null, by: Visitor | undefined) =>
  refusingRule(rules, address, { visitor: by, countryOf }) !== undefined;

// The addresses are documentation's (RFC 5737, RFC 3849) and those of the test database.
it.each([
  ['203.0.113.7', true, false],
  ['203.0.114.7', false, true],
  ['2001:db8:1::7', true, false],
  ['2001:db9::7', false, true],
  ['not an address', false, true],
  [null, false, true],
])(
  '[SES-03] %s is inside the networks: %s, and refused where only they may come: %s',
  (address, inside, refused) => {
    const networks = ['203.0.113.0/24', '2001:db8::/32'];
    expect(isRefused(rulesOf({ deny: networks }), address, undefined)).toBe(inside);
    expect(isRefused(rulesOf({ allow: networks }), address, undefined)).toBe(refused);
  },
);

it.each([
  ['81.2.69.160', 'GB'],
  ['2a02:d040::1', 'SE'],
  ['89.160.20.112', 'SE'],
  ['2a02:d2c0::9', 'IR'],
  ['203.0.113.7', null],
])('[SES-04] %s is in %s', (address, country) => {
  expect(countryOf(address)).toBe(country);
  expect(isRefused(rulesOf({ allowCountries: ['GB', 'SE'] }), address, undefined)).toBe(
    country !== 'GB' && country !== 'SE',
  );
  expect(isRefused(rulesOf({ denyCountries: ['IR'] }), address, undefined)).toBe(country === 'IR');
});

it('[SES-04] a network may come although its country may not', () => {
  const rules = rulesOf({ allowCountries: ['GB'], allow: ['203.0.113.0/24'] });
  expect(isRefused(rules, '203.0.113.7', undefined)).toBe(false);
  expect(isRefused(rules, '198.51.100.7', undefined)).toBe(true);
  expect(
    isRefused(rulesOf({ allowCountries: ['SE'], deny: ['89.160.20.112/32'] }), '89.160.20.112', undefined),
  ).toBe(true);
});

it('[SES-03] a rule is for whom it names, by kind, audience and organization; every rule must let pass', () => {
  const staff = rulesOf({ for: { callers: ['STAFF'] }, allow: ['203.0.113.0/24'] });
  expect(isRefused(staff, '198.51.100.7', manager)).toBe(true);
  expect(isRefused(staff, '203.0.113.7', manager)).toBe(false);
  expect(isRefused(staff, '198.51.100.7', client)).toBe(false);
  const managers = rulesOf({ for: { audiences: ['MANAGER', 'COMPLIANCE'] }, allow: ['203.0.113.0/24'] });
  expect(isRefused(managers, '198.51.100.7', manager)).toBe(true);
  expect(isRefused(managers, '198.51.100.7', visitor('STAFF', ['PROVIDER']))).toBe(false);
  const clinic = rulesOf({ for: { organizations: [CLINIC.toUpperCase()] }, deny: ['198.51.100.0/24'] });
  expect(isRefused(clinic, '198.51.100.7', visitor('ANONYMOUS'))).toBe(true);
  expect(isRefused(clinic, '198.51.100.7', visitor('ANONYMOUS', [], SCHOOL))).toBe(false);
  const both = rulesOf(
    { allow: ['203.0.113.0/24'] },
    { for: { callers: ['STAFF'] }, allow: ['203.0.113.7/32'] },
  );
  expect(isRefused(both, '203.0.113.7', manager)).toBe(false);
  expect(isRefused(both, '203.0.113.8', manager)).toBe(true);
});

it('[SES-04] emergency access passes the rules that say so, and only those', () => {
  const emergency = visitor('STAFF', ['MANAGER', 'EMERGENCY']);
  const rule = { for: { callers: ['STAFF'] }, allow: ['203.0.113.0/24'] };
  expect(isRefused(rulesOf({ ...rule, exceptEmergency: true }), '198.51.100.7', emergency)).toBe(false);
  expect(isRefused(rulesOf({ ...rule, exceptEmergency: true }), '198.51.100.7', manager)).toBe(true);
  expect(isRefused(rulesOf(rule), '198.51.100.7', emergency)).toBe(true);
  // For everybody, but it must be known who comes before it can be said that there is no exception.
  const everybody = rulesOf({ allow: ['203.0.113.0/24'], exceptEmergency: true });
  expect(isRefused(everybody, '198.51.100.7', undefined)).toBe(false);
  expect(isRefused(everybody, '198.51.100.7', manager)).toBe(true);
  expect(isRefused(everybody, '198.51.100.7', emergency)).toBe(false);
});

it('a file that cannot be used is refused with every problem at once', () => {
  const text = JSON.stringify({
    rules: [
      { name: '', allow: ['203.0.113.0/33'] },
      { name: 'nothing' },
      { name: 'countries', denyCountries: ['uk'], deny: [] },
      { name: 'whom', deny: ['::/0'], for: { audiences: ['SELF'], organizations: ['us'], roles: [] } },
    ],
  });
  const read = () => readNetworkRules(text, { knowsCountries: true });
  for (const part of [
    /rules\.0\.name: must say what/,
    /rules\.0\.allow\.0: must be an address or a network/,
    /rules\.1: must say allow, deny/,
    /rules\.2\.denyCountries\.0: must be an ISO 3166-1/,
    /rules\.2\.deny: must not be empty/,
    /rules\.3\.for\.audiences\.0: must be an audience/,
    /rules\.3\.for\.organizations\.0: must be the id/,
    /rules\.3\.for: .*roles/,
  ])
    expect(read).toThrow(part);
  expect(() => readNetworkRules('{', { knowsCountries: true })).toThrow(/not JSON/);
  expect(() =>
    readNetworkRules('{"rules":[{"name":"abroad","denyCountries":["GB"]}]}', { knowsCountries: false }),
  ).toThrow(/"abroad" names countries/);
});

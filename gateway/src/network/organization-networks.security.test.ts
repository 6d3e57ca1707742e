// The hole these keep closed: a rule that an organization has set holds where people sign in and is forgotten where they
// work; one organization's rule that holds for another; or a break-glass code that opens for longer than it says.
import { randomUUID } from 'node:crypto';
import { openLog } from '@kept/subgraph-kit';
import { openNetwork } from './open-network.ts';
import { networkLine, OrganizationNetworks } from './organization-networks.ts';
import { callerOf } from '@kept/testing';

const now = new Date('2027-03-01T10:00:00Z');
const organizationId = randomUUID();
const rule = (more: object = {}) => ({
  id: randomUUID(),
  mode: 'ENFORCE',
  roles: ['MANAGER'],
  allow: ['203.0.113.0/24', '2001:db8::/32'],
  deny: [],
  allowCountries: [],
  denyCountries: [],
  ...more,
});
const manager = (networkAddress: string | null, more: object = {}) =>
  callerOf({ kind: 'STAFF', organizationId, roles: ['MANAGER'], networkAddress, ...more });

function open(rules: object[], passes: object[] = []) {
  const networks = new OrganizationNetworks();
  networks.apply(networkLine.parse({ type: 'network', organization: organizationId, rules, passes }));
  const network = openNetwork({
    rulesFile: undefined,
    countryDatabase: undefined,
    organizations: () => networks,
    clock: () => now,
    log: openLog({ service: 'test', level: 'silent' }),
  });
  const admits = (caller: ReturnType<typeof manager>) => {
    try {
      network.admitVisitor(caller.networkAddress, { caller, audiences: caller.roles }, caller);
      return true;
    } catch (error) {
      expect(error).toMatchObject({
        code: 'NETWORK_REFUSED',
        message: 'This is not available from where you are.',
      });
      return false;
    }
  };
  return { networks, admits };
}

it.each<[string, Parameters<typeof manager>, boolean]>([
  ['from the office', ['203.0.113.7'], true],
  ['from elsewhere', ['198.51.100.7'], false],
  ['by IPv6', ['2001:db8::7'], true],
  ['by IPv6 from elsewhere', ['2001:db9::7'], false],
  ['from no address', [null], false],
  ['with a forged address', ['203.0.113.7, 198.51.100.7'], false],
  ['of another role', ['198.51.100.7', { roles: ['PROVIDER'] }], true],
  ['of two roles, one of them', ['198.51.100.7', { roles: ['PROVIDER', 'MANAGER'] }], false],
  ['of another organization', ['198.51.100.7', { organizationId: randomUUID() }], true],
  ['before signing in', ['198.51.100.7', { kind: 'ANONYMOUS', roles: [] }], true],
])('[SES-03] an administrator %s', (_what, [address, more], admitted) => {
  expect(open([rule()]).admits(manager(address, more))).toBe(admitted);
});

it('[SES-03] a rule that only looks keeps nobody out, and one that is over neither', () => {
  expect(open([rule({ mode: 'MONITOR' })]).admits(manager('198.51.100.7'))).toBe(true);
  const { networks, admits } = open([rule()]);
  networks.apply(networkLine.parse({ type: 'network', organization: organizationId, rules: [], passes: [] }));
  expect(admits(manager('198.51.100.7'))).toBe(true);
});

it('[SES-04] a pass opens its network, of IPv6 the whole of it, until it is over', () => {
  const pass = (network: string, seconds: number) => ({
    network,
    until: new Date(now.getTime() + seconds * 1_000).toISOString(),
  });
  expect(open([rule()], [pass('198.51.100.7', 1)]).admits(manager('198.51.100.7'))).toBe(true);
  expect(open([rule()], [pass('198.51.100.7', 1)]).admits(manager('198.51.100.8'))).toBe(false);
  expect(open([rule()], [pass('198.51.100.7', 0)]).admits(manager('198.51.100.7'))).toBe(false);
  expect(open([rule()], [pass('2001:db9:0:0::/64', 1)]).admits(manager('2001:db9::77'))).toBe(true);
  expect(open([rule()], [pass('2001:db9:0:0::/64', 1)]).admits(manager('2001:db9:0:1::77'))).toBe(false);
});

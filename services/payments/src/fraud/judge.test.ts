import { judge, type Signals } from './judge.ts';
import { networkOf } from './network-of.ts';
import { RULES } from './rules.ts';

const none = { 'card and network': 0, card: 0, client: 0, network: 0, device: 0 };
const noneBrought = { client: 0, network: 0, device: 0 };
const quiet: Signals = {
  failures: none,
  cardsBrought: noneBrought,
  tinyBefore: 0,
  amountMinor: 4500n,
  organization: { attempts: 0, failed: 0 },
  clientsOfCard: 1,
  issuerCountry: 'GB',
  callerCountry: 'GB',
  phoneCountry: 'GB',
  hasDisposableAddress: false,
  isNewDevice: true,
  hasPaidBefore: false,
  riskLevel: 'LOW',
};
const outcomeOf = (change: Partial<Signals>) => judge(RULES, { ...quiet, ...change });

describe('[PAY-03] an attempt to pay', () => {
  it('of which nothing is known to be wrong is allowed', () => {
    expect(outcomeOf({})).toEqual({ outcome: 'ALLOW', reasons: [], ruleVersion: 2 });
  });

  it.each([
    ['card and network', [1, 'ALLOW'], [2, 'REQUIRE_SCA'], [3, 'BLOCK']],
    ['card', [4, 'ALLOW'], [5, 'REQUIRE_SCA'], [9, 'REQUIRE_SCA'], [10, 'BLOCK']],
    ['client', [2, 'ALLOW'], [3, 'REQUIRE_SCA'], [4, 'REQUIRE_SCA'], [5, 'BLOCK']],
    ['network', [9, 'ALLOW'], [10, 'REQUIRE_SCA'], [24, 'REQUIRE_SCA'], [25, 'BLOCK']],
    ['device', [4, 'ALLOW'], [5, 'REQUIRE_SCA'], [9, 'REQUIRE_SCA'], [10, 'BLOCK']],
  ] as const)('after failures of the same %s is asked for its holder, then blocked', (by, ...steps) => {
    for (const [count, outcome] of steps) {
      expect([count, outcomeOf({ failures: { ...none, [by]: count } }).outcome]).toEqual([count, outcome]);
    }
  });

  it.each([
    ['client', 'CLIENT', [4, 'ALLOW'], [5, 'REQUIRE_SCA'], [9, 'REQUIRE_SCA'], [10, 'BLOCK']],
    ['device', 'DEVICE', [7, 'ALLOW'], [8, 'REQUIRE_SCA'], [14, 'REQUIRE_SCA'], [15, 'BLOCK']],
    ['network', 'NETWORK', [19, 'ALLOW'], [20, 'REQUIRE_SCA'], [49, 'REQUIRE_SCA'], [50, 'BLOCK']],
  ] as const)(
    'to bring a card after many of the same %s is asked for its holder, then blocked',
    (by, word, ...steps) => {
      for (const [count, outcome] of steps) {
        const cardsBrought = { ...noneBrought, [by]: count };
        const reasons = outcome === 'ALLOW' ? [] : [`${word}_BRINGS_MANY_CARDS`];
        expect(outcomeOf({ cardsBrought, amountMinor: null })).toMatchObject({ outcome, reasons });
        // Whoever pays with one that is there already brings none.
        expect(outcomeOf({ cardsBrought }).outcome).toBe('ALLOW');
      }
    },
  );

  it.each<[string, Partial<Signals>, Partial<Signals>]>([
    ['TINY_AMOUNTS', { tinyBefore: 3, amountMinor: 200n }, { tinyBefore: 9, amountMinor: 201n }],
    [
      'MANY_DECLINES',
      { organization: { attempts: 20, failed: 10 } },
      { organization: { attempts: 19, failed: 19 } },
    ],
    ['CARD_OF_MANY_CLIENTS', { clientsOfCard: 4 }, { clientsOfCard: 3 }],
    [
      'ISSUER_ABROAD',
      { callerCountry: 'BR' },
      { callerCountry: null, phoneCountry: null, issuerCountry: 'BR' },
    ],
    ['PHONE_ABROAD', { phoneCountry: 'BR' }, { phoneCountry: null }],
    ['PHONE_ABROAD', { phoneCountry: 'FR' }, { phoneCountry: 'JE' }],
    ['DISPOSABLE_ADDRESS', { hasDisposableAddress: true }, { hasDisposableAddress: false }],
    ['NEW_DEVICE_HIGH_PRICE', { amountMinor: 20_000n }, { amountMinor: 20_000n, hasPaidBefore: true }],
    ['RISKY_SESSION', { riskLevel: 'HIGH' }, { riskLevel: 'MEDIUM' }],
  ])('%s is found where it is so, and not beside it', (reason, so, beside) => {
    expect(outcomeOf(so).reasons).toEqual([reason]);
    expect(outcomeOf(so).outcome).not.toBe('ALLOW');
    expect(outcomeOf(beside)).toMatchObject({ outcome: 'ALLOW', reasons: [] });
  });

  it('is judged by the worst that was found, and all of it is named', () => {
    const bad = { riskLevel: 'HIGH', callerCountry: 'BR', failures: { ...none, client: 5 } } as const;
    expect(outcomeOf(bad)).toEqual({
      outcome: 'BLOCK',
      reasons: ['CLIENT_FAILS', 'ISSUER_ABROAD', 'RISKY_SESSION'],
      ruleVersion: 2,
    });
  });
});

it('addresses of one customer are one network, however they are written', () => {
  expect(networkOf('2001:DB8:0:12::1')).toBe('2001:db8:0:12::/64');
  expect(networkOf('2001:0db8:0000:0012:1:2:3:4')).toBe('2001:db8:0:12::/64');
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf(null)).toBeNull();
});

import { DEFAULT_POLICY } from './risk-policy.ts';
import type { RiskLevel } from './risk-reason.ts';
import { scoreRisk, type RiskSignals } from './score-risk.ts';

const USUAL: RiskSignals = {
  knownDevice: true,
  knownCountry: true,
  travel: { kilometres: 2, hours: 20 },
  relayed: false,
  ownNetwork: false,
  idleDays: 1,
  anonymousNetwork: false,
  networkChanged: false,
  recentFailures: 0,
  stuffing: false,
  offHours: false,
  automation: false,
  codeReused: false,
};
const FAR = { kilometres: 5_900, hours: 1 };

const TABLE: readonly [string, Partial<RiskSignals>, number, RiskLevel][] = [
  ['as always', {}, 0, 'LOW'],
  ['the first device of all', { knownDevice: null, knownCountry: null, travel: null }, 0, 'LOW'],
  ['a new device at home', { knownDevice: false }, 25, 'LOW'],
  ['a known device abroad', { knownCountry: false, networkChanged: true }, 30, 'MEDIUM'],
  ['a new device in a new country', { knownDevice: false, knownCountry: false }, 50, 'MEDIUM'],
  [
    'a new device in a new country through Tor',
    { knownDevice: false, knownCountry: false, anonymousNetwork: true, relayed: true },
    65,
    'HIGH',
  ],
  [
    'impossible travel',
    { knownDevice: false, knownCountry: false, networkChanged: true, travel: FAR },
    85,
    'DENY',
  ],
  ['impossible travel to a known country', { knownDevice: false, travel: FAR }, 55, 'DENY'],
  ['impossible travel of a known device', { travel: FAR }, 0, 'LOW'],
  [
    'impossible travel through a VPN',
    { knownDevice: false, travel: FAR, relayed: true, anonymousNetwork: true },
    40,
    'MEDIUM',
  ],
  ['impossible travel to the office', { knownDevice: false, travel: FAR, ownNetwork: true }, 25, 'LOW'],
  ['an airliner', { knownDevice: false, travel: { kilometres: 5_900, hours: 7 } }, 25, 'LOW'],
  ['two exchanges of one provider', { knownDevice: false, travel: { kilometres: 299, hours: 0 } }, 25, 'LOW'],
  ['away for a month', { idleDays: 31 }, 10, 'LOW'],
  ['away for a season, on a new device', { idleDays: 91, knownDevice: false }, 45, 'MEDIUM'],
  ['two wrong passwords', { recentFailures: 2, knownDevice: false }, 25, 'LOW'],
  ['three wrong passwords', { recentFailures: 3, knownDevice: false }, 30, 'MEDIUM'],
  ['stuffing that found a password', { stuffing: true, knownDevice: false, recentFailures: 10 }, 75, 'HIGH'],
  ['a program at night', { automation: true, offHours: true, knownDevice: false }, 50, 'MEDIUM'],
  ['a code that somebody else has used', { codeReused: true }, 40, 'MEDIUM'],
];

it.each(TABLE)('[AUT-15] %s', (...[, more, score, level]) => {
  const judged = scoreRisk({ ...USUAL, ...more }, DEFAULT_POLICY);
  expect([judged.score, judged.level]).toEqual([score, level]);
});

it('[AUT-15] a weight of nothing takes a reason out, and what it would come to', () => {
  const policy = { ...DEFAULT_POLICY, weights: { ...DEFAULT_POLICY.weights, IMPOSSIBLE_TRAVEL: 0 } };
  const judged = scoreRisk({ ...USUAL, knownDevice: false, travel: FAR }, policy);
  expect(judged).toEqual({ score: 25, level: 'LOW', reasons: ['NEW_DEVICE'] });
});

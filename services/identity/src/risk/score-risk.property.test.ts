import fc from 'fast-check';
import { DEFAULT_POLICY } from './risk-policy.ts';
import { RISK_LEVELS } from './risk-reason.ts';
import { scoreRisk, type RiskSignals } from './score-risk.ts';

const { assert, boolean, constant, double, integer, oneof, option, property, record } = fc;

const signals = record<RiskSignals>({
  knownDevice: option(boolean()),
  knownCountry: option(boolean()),
  travel: oneof(
    constant(null),
    record({
      kilometres: double({ min: 0, max: 20_000, noNaN: true }),
      hours: double({ min: 0, max: 2_000, noNaN: true }),
    }),
  ),
  relayed: boolean(),
  ownNetwork: boolean(),
  idleDays: integer({ min: 0, max: 4_000 }),
  anonymousNetwork: boolean(),
  networkChanged: boolean(),
  recentFailures: integer({ min: 0, max: 1_000 }),
  stuffing: boolean(),
  offHours: boolean(),
  automation: boolean(),
  codeReused: boolean(),
});

// Each makes a sign-in odder, or leaves it as it was.
const WORSE: readonly ((given: RiskSignals) => RiskSignals)[] = [
  (given) => ({ ...given, knownDevice: false }),
  (given) => ({ ...given, knownCountry: false }),
  (given) => ({ ...given, travel: given.travel && { ...given.travel, hours: given.travel.hours / 2 } }),
  (given) => ({
    ...given,
    travel: given.travel && { ...given.travel, kilometres: given.travel.kilometres * 2 },
  }),
  (given) => ({ ...given, ownNetwork: false }),
  (given) => ({ ...given, relayed: false }),
  (given) => ({ ...given, idleDays: given.idleDays + 61 }),
  (given) => ({ ...given, anonymousNetwork: true }),
  (given) => ({ ...given, networkChanged: true }),
  (given) => ({ ...given, recentFailures: given.recentFailures + 3 }),
  (given) => ({ ...given, stuffing: true }),
  (given) => ({ ...given, offHours: true }),
  (given) => ({ ...given, automation: true }),
  (given) => ({ ...given, codeReused: true }),
];
const height = (given: RiskSignals) => RISK_LEVELS.indexOf(scoreRisk(given, DEFAULT_POLICY).level);

it('[AUT-15] a score is between 0 and 100, says why, and the same signals are judged the same', () => {
  assert(
    property(signals, (given) => {
      const first = scoreRisk(given, DEFAULT_POLICY);
      expect(first.score).toBeGreaterThanOrEqual(0);
      expect(first.score).toBeLessThanOrEqual(100);
      expect(first.score > 0).toBe(first.reasons.length > 0);
      expect(scoreRisk({ ...given }, DEFAULT_POLICY)).toEqual(first);
    }),
  );
});

it('[AUT-15] whatever is odd besides never makes a sign-in look better', () => {
  assert(
    property(signals, integer({ min: 0, max: WORSE.length - 1 }), (given, which) => {
      const worse = WORSE[which]?.(given) ?? given;
      expect(scoreRisk(worse, DEFAULT_POLICY).score).toBeGreaterThanOrEqual(
        scoreRisk(given, DEFAULT_POLICY).score,
      );
      expect(height(worse)).toBeGreaterThanOrEqual(height(given));
    }),
  );
});

it('[identity A52] [AUT-15] on a known device, through a relay or from the office nobody is denied for travelling', () => {
  const excuse = oneof(
    constant({ knownDevice: true }),
    constant({ relayed: true }),
    constant({ ownNetwork: true }),
  );
  assert(
    property(signals, excuse, (given, excused) => {
      const far = { ...given, ...excused, travel: { kilometres: 9_000, hours: 0.1 } };
      expect(scoreRisk(far, DEFAULT_POLICY).reasons).not.toContain('IMPOSSIBLE_TRAVEL');
    }),
  );
});

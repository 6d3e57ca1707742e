import type { RiskPolicy } from './risk-policy.ts';
import { higherLevel, RISK_REASONS, type RiskLevel, type RiskReason } from './risk-reason.ts';

/** What is known of a sign-in when it is judged. Nothing in it names anybody; what nobody can say is null. */
export interface RiskSignals {
  /** Whether the device has signed in before; null for the first device of all, which is news to nobody. */
  readonly knownDevice: boolean | null;
  /** Whether the account was used from this country within 180 days. */
  readonly knownCountry: boolean | null;
  /** How far and how long ago the account was used last, where both places are known. */
  readonly travel: { readonly kilometres: number; readonly hours: number } | null;
  /** Either place is that of a VPN, a relay or a proxy: it says nothing of where a person is (A52). */
  readonly relayed: boolean;
  /** The organization says that this network is its own. */
  readonly ownNetwork: boolean;
  /** Days since the account was used. */
  readonly idleDays: number;
  /** A VPN, Tor, an open proxy or a data centre. */
  readonly anonymousNetwork: boolean;
  /** Whether it comes through another provider than the last time. */
  readonly networkChanged: boolean;
  /** Wrong passwords for this account within the day. */
  readonly recentFailures: number;
  /** This network tries many accounts. */
  readonly stuffing: boolean;
  /** At an hour at which this person was never seen within 60 days, though seen often enough to tell. */
  readonly offHours: boolean;
  /** The program says that it is one, or works faster than people. */
  readonly automation: boolean;
  /** A code was used a second time within the day: somebody else has seen it. */
  readonly codeReused: boolean;
}

export interface RiskScore {
  /** 0 to 100. */
  readonly score: number;
  readonly level: RiskLevel;
  /** Heaviest first. */
  readonly reasons: readonly RiskReason[];
}

/** Faster than airliners fly. */
export const IMPOSSIBLE_KMH = 900;
/** Databases place an address only so exactly, and providers move them about. */
export const NEARBY_KM = 300;

type Rule = (signals: RiskSignals) => number;

/** How much of its weight each reason has, 0 to 1. */
const RULES: Readonly<Record<RiskReason, Rule>> = {
  NEW_DEVICE: ({ knownDevice }) => (knownDevice === false ? 1 : 0),
  NEW_COUNTRY: ({ knownCountry, ownNetwork }) => (knownCountry === false && !ownNetwork ? 1 : 0),
  IMPOSSIBLE_TRAVEL: (signals) => (isImpossible(signals) ? 1 : 0),
  IDLE: ({ idleDays }) => (idleDays > 90 ? 1 : idleDays > 30 ? 0.5 : 0),
  ANONYMOUS_NETWORK: ({ anonymousNetwork, ownNetwork }) => (anonymousNetwork && !ownNetwork ? 1 : 0),
  NETWORK_CHANGED: ({ networkChanged }) => (networkChanged ? 1 : 0),
  // Two wrong passwords are a person who looks for theirs.
  RECENT_FAILURES: ({ recentFailures: n }) => (n >= 10 ? 1 : n >= 5 ? 0.5 : n >= 3 ? 0.25 : 0),
  STUFFING_PATTERN: ({ stuffing }) => (stuffing ? 1 : 0),
  OFF_HOURS: ({ offHours }) => (offHours ? 1 : 0),
  AUTOMATION: ({ automation }) => (automation ? 1 : 0),
  CODE_REUSED: ({ codeReused }) => (codeReused ? 1 : 0),
};

/** A person cannot be in both places; a device that is known, a VPN and the office can (A52). */
function isImpossible({ travel, knownDevice, relayed, ownNetwork }: RiskSignals): boolean {
  if (travel === null || knownDevice === true || relayed || ownNetwork) return false;
  return travel.kilometres > NEARBY_KM && travel.kilometres > IMPOSSIBLE_KMH * travel.hours;
}

/** What one reason alone comes to, whatever the points are: who was elsewhere a moment ago is somebody else (AUT-15). */
const AT_LEAST: Partial<Readonly<Record<RiskReason, RiskLevel>>> = {
  IMPOSSIBLE_TRAVEL: 'DENY',
  CODE_REUSED: 'MEDIUM',
};

/**
 * What the policy makes of the signals. Pure: the same are judged the same; what is added never lowers the score or
 * the level, and a weight of 0 takes a reason out.
 */
export function scoreRisk(signals: RiskSignals, policy: RiskPolicy): RiskScore {
  const found = RISK_REASONS.map((reason) => ({
    reason,
    points: Math.round(policy.weights[reason] * RULES[reason](signals)),
  }))
    .filter(({ points }) => points > 0)
    .toSorted((one, other) => other.points - one.points);
  const score = Math.min(
    100,
    found.reduce((sum, { points }) => sum + points, 0),
  );
  const level = found.reduce(
    (highest, { reason }) => higherLevel(highest, AT_LEAST[reason] ?? 'LOW'),
    levelFrom(score, policy),
  );
  return { score, level, reasons: found.map(({ reason }) => reason) };
}

function levelFrom(score: number, { mediumFrom, highFrom, denyFrom }: RiskPolicy): RiskLevel {
  if (score >= denyFrom) return 'DENY';
  if (score >= highFrom) return 'HIGH';
  return score >= mediumFrom ? 'MEDIUM' : 'LOW';
}

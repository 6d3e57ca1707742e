/** What can speak against a sign-in. Each is one sentence that a person can be told, and one weight of the policy. */
export const RISK_REASONS = [
  'NEW_DEVICE',
  'NEW_COUNTRY',
  'IMPOSSIBLE_TRAVEL',
  'IDLE',
  'ANONYMOUS_NETWORK',
  'NETWORK_CHANGED',
  'RECENT_FAILURES',
  'STUFFING_PATTERN',
  'OFF_HOURS',
  'AUTOMATION',
  'CODE_REUSED',
] as const;
export type RiskReason = (typeof RISK_REASONS)[number];

/** How much speaks against it. `DENY` lets nobody in; it locks nobody out either: the next attempt is judged anew. */
export const RISK_LEVELS = ['LOW', 'MEDIUM', 'HIGH', 'DENY'] as const;
export type RiskLevel = (typeof RISK_LEVELS)[number];

/** The higher of two levels. */
export const higherLevel = (one: RiskLevel, other: RiskLevel): RiskLevel =>
  RISK_LEVELS.indexOf(one) >= RISK_LEVELS.indexOf(other) ? one : other;

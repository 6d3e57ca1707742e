import type { AccountKind } from '../accounts/account.ts';
import type { RiskReason } from './risk-reason.ts';

/** Judges and notes, but asks nothing more of anybody; or acts on what it finds. */
export type RiskMode = 'OBSERVE' | 'ENFORCE';

/** How an organization weighs what is odd about a sign-in. Data: each assessment says by which version it was made. */
export interface RiskPolicy {
  /** 0 as long as the organization has set nothing. */
  readonly version: number;
  readonly mode: Readonly<Record<'STAFF' | 'CLIENT', RiskMode>>;
  /** Points of each reason at its heaviest, 0 to 100. */
  readonly weights: Readonly<Record<RiskReason, number>>;
  /** From how many points on a level is reached. */
  readonly mediumFrom: number;
  readonly highFrom: number;
  readonly denyFrom: number;
  /** Different devices of one member of staff within a week; more look like a password that is shared. */
  readonly devicesPerWeekMax: number;
  /** Whether staff get no second session while one runs on another device somewhere else. */
  readonly refuseSharedSession: boolean;
}

/** The weights of facts §4.5. Organizations change them; nobody has to. */
export const DEFAULT_POLICY: RiskPolicy = {
  version: 0,
  mode: { STAFF: 'ENFORCE', CLIENT: 'ENFORCE' },
  weights: {
    NEW_DEVICE: 25,
    NEW_COUNTRY: 25,
    IMPOSSIBLE_TRAVEL: 30,
    IDLE: 20,
    ANONYMOUS_NETWORK: 15,
    NETWORK_CHANGED: 5,
    RECENT_FAILURES: 20,
    STUFFING_PATTERN: 30,
    OFF_HOURS: 10,
    AUTOMATION: 15,
    CODE_REUSED: 40,
  },
  mediumFrom: 30,
  highFrom: 60,
  denyFrom: 85,
  devicesPerWeekMax: 5,
  refuseSharedSession: false,
};

/** Keys and sub-systems count as staff: what they open is the business's. */
export const modeOf = ({ mode }: RiskPolicy, kind: AccountKind): RiskMode =>
  mode[kind === 'CLIENT' ? 'CLIENT' : 'STAFF'];

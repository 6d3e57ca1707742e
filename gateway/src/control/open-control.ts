import { Fault, refused } from '@kept/subgraph-kit';
import { FeedFollower, type FeedOptions } from './follow-feed.ts';
import type { OrganizationNetworks } from '../network/organization-networks.ts';
import type { FeedLine } from './withdrawn.ts';

/** What of an access token can be withdrawn. */
export interface WithdrawableClaims {
  readonly sub: string;
  readonly org: string;
  readonly sid: string;
  /** Generation of the session's tokens. */
  readonly gen: number;
  /** The emergency access and when it ends, in seconds since the epoch. */
  readonly emi?: string | undefined;
  readonly emg?: number | undefined;
}

/** What identity has withdrawn, as far as this gateway has heard. Everything but `known` is a look into memory. */
export interface Control {
  /** Resolves when a snapshot was received since the start; throws UNAVAILABLE when none comes within two seconds. */
  known(): Promise<void>;
  /** Throws UNAUTHENTICATED for an ended session, withdrawn tokens and an isolated actor; UNAVAILABLE for their organization. */
  refuse(claims: WithdrawableClaims): void;
  /** Throws UNAVAILABLE when the organization is isolated; for callers who have not signed in. */
  refuseOrganization(organizationId: string | null): void;
  /** Those of some accounts that nobody has isolated: for the others nobody acts, whoever answers for them. */
  notIsolated(accountIds: readonly string[]): readonly string[];
  /** Until when the claimed emergency access holds, in seconds since the epoch; null when it was ended or there is none. */
  emergencyUntil(claims: Pick<WithdrawableClaims, 'emi' | 'emg'>): number | null;
  /** The rules of organizations about where their people come from; undefined before identity was heard. */
  networks(): OrganizationNetworks | undefined;
  /** Whether an operator has cut this service off: then its fields are answered as if it did not answer. */
  isServiceIsolated(service: string): boolean;
  /**
   * Calls back whenever somebody may have lost access: with the sessions of which that is certain, or with none when it can
   * be anybody (an isolation, an emergency access that ended). Whoever keeps something open for a caller then asks `refuse`
   * again. Answers how to stop that.
   */
  onEnded(listener: (sessionIds: readonly string[]) => void): () => void;
  /** Seconds since identity last said anything; Infinity when it never has. Healthy is below three. */
  staleSeconds(): number;
  stop(): void;
}

const KNOWN_WITHIN_MS = 2_000;
// The same for all who are refused, so that nobody learns from it that they were found out.
const SIGNED_OUT = 'You are signed out. Please sign in again; if that does not help, ask your organization.';
const CLOSED = 'This organization cannot be reached right now. Please try again later.';
const UNKNOWN = 'Signing in cannot be checked right now. Please try again.';

/**
 * Follows identity's control feed. While identity is away, what was known last goes on to hold: access tokens, which
 * identity alone renews, are over after five minutes at most (docs/decisions/0013).
 */
export function openControl(options: FeedOptions): Control {
  const listeners = new Set<(sessionIds: readonly string[]) => void>();
  const feed = new FeedFollower(options, (lines) => {
    const sessionIds = lines.flatMap(endedSessions);
    for (const listener of listeners) {
      if (sessionIds.length > 0) listener(sessionIds);
      if (lines.some(concernsAnybody)) listener([]);
    }
  });
  const time = () => options.clock().getTime();
  const refuseOrganization = (organizationId: string | null) => {
    const { withdrawn } = feed;
    if (organizationId === null || !withdrawn || withdrawn.nothingIsolated) return;
    if (withdrawn.isIsolated('ORGANIZATION', organizationId, time())) throw new Fault('UNAVAILABLE', CLOSED);
  };
  return {
    async known() {
      if (!feed.withdrawn && !(await feed.first(KNOWN_WITHIN_MS))) throw new Fault('UNAVAILABLE', UNKNOWN);
    },
    refuse({ sub, org, sid, gen }) {
      const { withdrawn } = feed;
      if (!withdrawn) return;
      refuseOrganization(org);
      const isolated = !withdrawn.nothingIsolated && withdrawn.isIsolated('ACTOR', sub, time());
      if (isolated || withdrawn.isSessionOver(sid, gen)) throw refused.unauthenticated(SIGNED_OUT);
    },
    refuseOrganization,
    notIsolated(accountIds) {
      const { withdrawn } = feed;
      if (accountIds.length === 0 || !withdrawn || withdrawn.nothingIsolated) return accountIds;
      return accountIds.filter((id) => !withdrawn.isIsolated('ACTOR', id, time()));
    },
    emergencyUntil: ({ emi, emg }) =>
      emg === undefined || emi === undefined || feed.withdrawn?.isEmergencyOver(emi) ? null : emg,
    networks: () => feed.withdrawn?.networks,
    isServiceIsolated: (service) => feed.withdrawn?.isIsolated('SERVICE', service, time()) ?? false,
    onEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    staleSeconds: () => (performance.now() - feed.heardAt) / 1_000,
    stop: () => feed.stop(),
  };
}

const endedSessions = (line: FeedLine): string[] =>
  'withdrawals' in line
    ? line.withdrawals.filter(({ kind }) => kind !== 'EMERGENCY').map(({ id }) => id)
    : [];

const concernsAnybody = (line: FeedLine): boolean =>
  line.type === 'isolations' ||
  line.type === 'network' ||
  ('withdrawals' in line && line.withdrawals.some(({ kind }) => kind === 'EMERGENCY'));

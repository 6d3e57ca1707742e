/** What an attack is known by. Numbers of facts §4.3 (B3, B5), AUT-08, DET-02, A15. */
export type AlertKind =
  | 'ACCOUNT_FAILURES'
  | 'PREFIX_FAILURES'
  | 'CREDENTIAL_STUFFING'
  | 'DISTRIBUTED_GUESSING'
  | 'PASSWORD_SPRAYING'
  | 'FAILURE_RATIO'
  | 'CODES_GUESSED';

const MINUTE_MS = 60_000;
/** Failures in a burst, of an account or from a prefix. */
export const BURST_MS = 5 * MINUTE_MS;
/** Everything else. */
export const WINDOW_MS = 10 * MINUTE_MS;
/** An attack that goes on is told of once in this time. */
export const ALERT_EVERY_MS = 60 * MINUTE_MS;

/** DET-02: five failures in five minutes on one account. */
export const ACCOUNT_FAILURES = 5;
/** DET-02: fifty failures in five minutes from one prefix (IPv4 /24, IPv6 /48). */
export const PREFIX_FAILURES = 50;
/** AUT-08: one network tries two hundred addresses. */
export const STUFFED_IDENTIFIERS = 200;
/** AUT-08: two hundred networks try one address. */
export const GUESSING_NETWORKS = 200;
/** A15: so many different addresses fail in one organization that it is no coincidence, wherever they are tried from. */
export const SPRAYED_IDENTIFIERS = 100;
/** B3: from here on a network has to work for every attempt … */
export const NETWORK_FAILURES = { raise: 20, block: 40 } as const;
/** … and from here on it is refused. */
export const NETWORK_IDENTIFIERS = { raise: 10, block: 20 } as const;
/** B5: at least so many failures, and three times the usual share of them. */
export const RATIO = { failures: 50, times: 3, floor: 0.5, windows: 6 } as const;

/** Whether failures make up far more of the attempts than usual. Without a history, nobody can say. */
export function isUnusualRatio(
  now: { failures: number; successes: number },
  usual: { share: number; windows: number } | undefined,
): boolean {
  if (now.failures < RATIO.failures || usual === undefined || usual.windows < RATIO.windows) return false;
  const share = now.failures / (now.failures + now.successes);
  return share >= Math.max(RATIO.floor, Math.min(0.95, usual.share * RATIO.times));
}

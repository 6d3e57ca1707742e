import type { Transaction } from '@kept/database';

/** How many passwords of a kind of account are in which state: counts, and nobody's name (AUT-11). */
export interface PasswordHealth {
  readonly kind: 'CLIENT' | 'STAFF';
  readonly passwords: number;
  readonly breached: number;
  readonly ofOlderRules: number;
  readonly compromised: number;
  readonly toBeRotated: number;
}

/** Counts what sign-ins have shown. A password that was not used since is counted as it was then. */
export const readPasswordHealth = (tx: Transaction): Promise<PasswordHealth[]> =>
  tx.query<PasswordHealth>(
    `SELECT a.kind, count(*)::int AS passwords,
       count(*) FILTER (WHERE p.must_change = 'BREACHED')::int AS breached,
       count(*) FILTER (WHERE p.must_change = 'OLD_RULES')::int AS "ofOlderRules",
       count(*) FILTER (WHERE p.must_change = 'COMPROMISED')::int AS compromised,
       count(*) FILTER (WHERE p.must_change = 'ROTATED')::int AS "toBeRotated"
     FROM password_credential p JOIN account a ON a.id = p.account_id
     WHERE a.state = 'ACTIVE' AND a.kind IN ('CLIENT', 'STAFF') GROUP BY a.kind ORDER BY a.kind`,
  );

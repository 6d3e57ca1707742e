import type { Transaction } from '@kept/database';

/**
 * `DEFAULT` asks for variety and lets passwords of staff grow old, because clinics and their auditors do (AUT-03, AUT-04).
 * `NIST` asks for length, a score and a list alone (SP 800-63B-4 §3.1.1.2; ASVS 6.2.5, 6.2.10).
 */
export type PasswordProfile = 'DEFAULT' | 'NIST';

/** What an organization asks of passwords. */
export interface PasswordPolicy {
  readonly profile: PasswordProfile;
  /** 0 where nobody has chosen yet. */
  readonly version: number;
  /** After so many days staff choose another one; null: never. */
  readonly staffMaxAgeDays: number | null;
  readonly setAt: Date | null;
}

const NOBODY_CHOSE: PasswordPolicy = { profile: 'DEFAULT', version: 0, staffMaxAgeDays: 180, setAt: null };

/** The policy in force. */
export async function readPasswordPolicy(tx: Transaction): Promise<PasswordPolicy> {
  const [policy] = await tx.query<PasswordPolicy>(
    `SELECT profile, version, staff_max_age_days AS "staffMaxAgeDays", set_at AS "setAt" FROM password_policy
     ORDER BY version DESC LIMIT 1`,
  );
  return policy ?? NOBODY_CHOSE;
}

import { may, type Ability } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import {
  readPasswordPolicy,
  type PasswordPolicy,
  type PasswordProfile,
} from '../passwords/organization-policy.ts';
import { requireLiveSession } from '../sessions/live-session.ts';

const SIGN_IN_MAX_AGE_SECONDS = 15 * 60;
const DAYS_MIN = 30;
const DAYS_MAX = 730;

/** Chooses what passwords must be here from now on. Every version stays, with who chose it and when. */
export async function setPasswordPolicy(
  identity: Identity,
  { caller, ability }: { caller: Caller; ability: Ability },
  input: { profile: PasswordProfile; staffMaxAgeDays?: number | null },
): Promise<PasswordPolicy> {
  const { profile, staffMaxAgeDays = null } = input;
  if (profile === 'NIST' && staffMaxAgeDays !== null)
    throw refused.badInput('With the profile NIST passwords do not grow old; leave the days out.', {
      field: 'staffMaxAgeDays',
    });
  if (staffMaxAgeDays !== null && (staffMaxAgeDays < DAYS_MIN || staffMaxAgeDays > DAYS_MAX))
    throw refused.badInput(`Passwords of staff last ${DAYS_MIN} to ${DAYS_MAX} days.`, {
      field: 'staffMaxAgeDays',
    });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    if (!may(ability, 'choose', 'PasswordPolicy', {})) throw refused.forbidden();
    requireRecentSecondFactor(caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
    // One after the other: two at once would both write the next version.
    await tx.query('SELECT 1 FROM organization_profile FOR UPDATE');
    const { version } = await readPasswordPolicy(tx);
    await tx.query(
      `INSERT INTO password_policy (organization_id, version, profile, staff_max_age_days, set_by, set_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [tx.organizationId, version + 1, profile, staffMaxAgeDays, accountId, now],
    );
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'password_policy_changed',
        outcome: 'success',
        subject: { type: 'Organization', id: organizationOf(caller) },
        details: { profile, staffMaxAgeDays: String(staffMaxAgeDays), version: String(version + 1) },
      },
    );
    return readPasswordPolicy(tx);
  });
}

import type { Identity } from '../identity.ts';
import type { StrengthEstimator } from './estimate-strength.ts';
import type { PasswordPolicy } from './organization-policy.ts';
import { brokenRules, PASSWORD_SCORE_MIN, passwordRefusal, type PasswordRefusal } from './password-policy.ts';

/** Every reason to refuse a password; none means it may be used. Guessability is asked only when all rules hold. */
export async function judgePassword(
  estimator: StrengthEstimator,
  password: string,
  { details, profile }: { readonly details: readonly string[]; readonly profile: PasswordPolicy['profile'] },
): Promise<PasswordRefusal[]> {
  const broken = brokenRules(password, details, profile);
  if (broken.length > 0) return broken.map(passwordRefusal);
  const score = await estimator.score(password, details);
  return score < PASSWORD_SCORE_MIN ? [passwordRefusal('TOO_WEAK')] : [];
}

/** The whole of it for a password that somebody wants to have: rules, strength, and lists of stolen ones. */
export async function judgeNewPassword(
  { estimator, breached }: Pick<Identity, 'estimator' | 'breached'>,
  wanted: {
    readonly password: string;
    /** What the password must not contain: name, address, number, the business's name. */
    readonly details: readonly string[];
    readonly policy: Pick<PasswordPolicy, 'profile'>;
  },
): Promise<PasswordRefusal[]> {
  const { password, details, policy } = wanted;
  const refusals = await judgePassword(estimator, password, { details, profile: policy.profile });
  if (refusals.length > 0) return refusals;
  return (await breached.has(password)) ? [passwordRefusal('BREACHED')] : [];
}

import type { StrengthEstimator } from './estimate-strength.ts';
import { brokenRules, PASSWORD_SCORE_MIN, passwordRefusal, type PasswordRefusal } from './password-policy.ts';

/** Every reason to refuse a password; none means it may be used. Guessability is asked only when all rules hold. */
export async function judgePassword(
  estimator: StrengthEstimator,
  password: string,
  personalDetails: readonly string[],
): Promise<PasswordRefusal[]> {
  const broken = brokenRules(password, personalDetails);
  if (broken.length > 0) return broken.map(passwordRefusal);
  const score = await estimator.score(password, personalDetails);
  return score < PASSWORD_SCORE_MIN ? [passwordRefusal('TOO_WEAK')] : [];
}

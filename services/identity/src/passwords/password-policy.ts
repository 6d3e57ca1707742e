import { isListed } from './common-passwords.ts';
import type { PasswordProfile } from './organization-policy.ts';

/** The rules a password can break; the same names stand in the schema. */
export type PasswordRefusalCode =
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'NO_UPPER_CASE'
  | 'NO_LOWER_CASE'
  | 'NO_DIGIT'
  | 'NO_OTHER_CHARACTER'
  | 'CONTAINS_PERSONAL_DETAIL'
  | 'COMMON'
  | 'TOO_WEAK'
  | 'BREACHED'
  | 'PASSWORD_REUSED';

export interface PasswordRefusal {
  readonly code: PasswordRefusalCode;
  readonly message: string;
}

/** Rises when the rules do: whoever has a password of older rules chooses another at the next sign-in (AUT-11). */
export const PASSWORD_RULES_VERSION = 1;
export const PASSWORD_CODE_POINTS_MIN = 12;
export const PASSWORD_CODE_POINTS_MAX = 128;
export const PASSWORD_SCORE_MIN = 3; // zxcvbn: "safely unguessable", more than 10^8 guesses
// Shorter parts of a name or address ("al", "de") stand in too many good passwords.
const DETAIL_LENGTH_MIN = 4;

const SENTENCES: Readonly<Record<PasswordRefusalCode, string>> = {
  TOO_SHORT: `Use at least ${PASSWORD_CODE_POINTS_MIN} characters.`,
  TOO_LONG: `Use at most ${PASSWORD_CODE_POINTS_MAX} characters.`,
  NO_UPPER_CASE: 'Use at least one upper-case letter.',
  NO_LOWER_CASE: 'Use at least one lower-case letter.',
  NO_DIGIT: 'Use at least one digit.',
  NO_OTHER_CHARACTER: 'Use at least one character that is neither a letter nor a digit.',
  CONTAINS_PERSONAL_DETAIL: 'Leave your name and address out of your password.',
  COMMON: 'This password is one of those that are tried first.',
  TOO_WEAK: 'This password is easy to guess. Add a few unusual words.',
  BREACHED: 'This password stands in a list of stolen ones. Choose one that you use nowhere else.',
  PASSWORD_REUSED: 'You have had this password before. Choose another one.',
};

export const passwordRefusal = (code: PasswordRefusalCode): PasswordRefusal => ({
  code,
  message: SENTENCES[code],
});

/** A password longer than this cannot be right, whatever its characters are, and is not looked at further. */
export function isOverlong(password: string): boolean {
  return password.length > PASSWORD_CODE_POINTS_MAX * 2 || [...password].length > PASSWORD_CODE_POINTS_MAX;
}

/**
 * Every rule that can be checked by looking, all of them at once. The password is taken exactly as received
 * (ASVS 6.2.8): no trimming, no normalisation. Scripts without case (Arabic, Chinese) still need a cased letter:
 * AUT-03 asks for variety of everyone. docs/security.md tells why `default` deviates from ASVS 6.2.5 here.
 */
export function brokenRules(
  password: string,
  personalDetails: readonly string[],
  profile: PasswordProfile = 'DEFAULT',
): PasswordRefusalCode[] {
  if (isOverlong(password)) return ['TOO_LONG'];
  const broken: PasswordRefusalCode[] = [];
  if ([...password].length < PASSWORD_CODE_POINTS_MIN) broken.push('TOO_SHORT');
  if (profile === 'DEFAULT') broken.push(...missingVariety(password));
  if (containsDetail(password, personalDetails)) broken.push('CONTAINS_PERSONAL_DETAIL');
  if (isCommon(password)) broken.push('COMMON');
  return broken;
}

function missingVariety(password: string): PasswordRefusalCode[] {
  const missing: PasswordRefusalCode[] = [];
  if (!/\p{Lu}/u.test(password)) missing.push('NO_UPPER_CASE');
  if (!/\p{Ll}/u.test(password)) missing.push('NO_LOWER_CASE');
  if (!/\p{Nd}/u.test(password)) missing.push('NO_DIGIT');
  if (!/[^\p{L}\p{M}\p{Nd}]/u.test(password)) missing.push('NO_OTHER_CHARACTER');
  return missing;
}

function containsDetail(password: string, details: readonly string[]): boolean {
  const folded = password.toLowerCase();
  return details
    .flatMap((detail) => detail.toLowerCase().split(/[^\p{L}\p{M}\p{Nd}]+/u))
    .some((part) => part.length >= DETAIL_LENGTH_MIN && folded.includes(part));
}

/**
 * Whether it is a common password, or one decorated to satisfy the rules: `Password123!` is `password` to everybody
 * who guesses. Decoration is what stands before the first and after the last letter.
 */
export function isCommon(password: string): boolean {
  const folded = password.toLowerCase();
  const core = folded.replace(/^[^\p{L}]+/u, '').replace(/[^\p{L}]+$/u, '');
  return isListed(folded) || (core.length >= 4 && isListed(core));
}

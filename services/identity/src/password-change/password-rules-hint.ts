import type { PasswordProfile } from '../passwords/organization-policy.ts';
import { PASSWORD_CODE_POINTS_MAX, PASSWORD_CODE_POINTS_MIN } from '../passwords/password-policy.ts';

/** What password managers read (the `passwordrules` attribute), so that they make a password that is taken (AUT-09). */
export function passwordRulesHint(profile: PasswordProfile): string {
  const length = `minlength: ${PASSWORD_CODE_POINTS_MIN}; maxlength: ${PASSWORD_CODE_POINTS_MAX};`;
  return profile === 'NIST'
    ? `${length} allowed: unicode;`
    : `${length} required: lower; required: upper; required: digit; required: special;`;
}

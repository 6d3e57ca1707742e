import type { TemplateName } from '../messages/templates/template.ts';

/** What happens when somebody says that what a notice tells of was not them. */
export interface NotMeEffect {
  /** THIS: the session and the device of the notice. ALL: whoever did it may be in on any of them. */
  readonly ends: 'THIS' | 'ALL' | 'NOTHING';
  /** The password is known to somebody else, or may be: it opens nothing more until it was changed. */
  readonly marksPassword: boolean;
  /** Whoever did it could get back in by what they have changed: the account is closed until somebody opens it. */
  readonly locks: boolean;
}

const ENDED: NotMeEffect = { ends: 'THIS', marksPassword: true, locks: false };
const TAKEN_OVER: NotMeEffect = { ends: 'ALL', marksPassword: true, locks: true };

/**
 * The mails that tell somebody of something on their account. Each has the link "This was not me" (EDU-09). A mail that
 * has a link of its own to take back what it tells of, as the one about a change of address, needs no second one.
 */
export const SECURITY_NOTICES: Partial<Readonly<Record<TemplateName, NotMeEffect>>> = {
  'new-device': ENDED,
  'session-ended': { ...ENDED, ends: 'ALL' },
  // Nobody got in: what is left to say is that it is not the owner who has forgotten their password.
  'sign-in-locked': { ends: 'NOTHING', marksPassword: false, locks: false },
  'sign-in-closed': { ends: 'NOTHING', marksPassword: false, locks: false },
  'authenticator-enrolled': TAKEN_OVER,
  'authenticator-removed': TAKEN_OVER,
  'authenticator-replaced': TAKEN_OVER,
  'factors-removed-by-staff': TAKEN_OVER,
  'recovery-codes-renewed': TAKEN_OVER,
  'passkey-added': TAKEN_OVER,
  'passkey-removed': TAKEN_OVER,
  'passkey-in-doubt': TAKEN_OVER,
  'contact-changed': TAKEN_OVER,
  'password-changed': TAKEN_OVER,
  'code-factor-enrolled': TAKEN_OVER,
  'code-factor-removed': TAKEN_OVER,
};

import type { FactorKind } from '../factors/factor.ts';
import type { GrantedSession } from '../sessions/grant-tokens.ts';

export type SignInRejection =
  | 'NETWORK_REFUSED'
  | 'SESSION_ELSEWHERE'
  | 'BAD_CREDENTIALS'
  | 'ACCOUNT_LOCKED'
  | 'CODE_REFUSED'
  | 'PASSKEY_REFUSED'
  | 'PASSKEY_IN_DOUBT'
  | 'FLOW_EXPIRED'
  | 'ADDRESS_UNCONFIRMED';

/** What comes next in a sign-in. */
export type SignInStep =
  | { readonly step: 'SESSION_ISSUED'; readonly session: GrantedSession }
  | { readonly step: 'CHALLENGE_REQUIRED'; readonly flow: string; readonly factors: readonly FactorKind[] }
  | { readonly step: 'ENROLLMENT_REQUIRED'; readonly flow: string }
  | { readonly step: 'PROOF_OF_WORK_REQUIRED'; readonly challenge: string; readonly expiresAt: Date }
  | {
      readonly step: 'PASSWORD_CHANGE_REQUIRED';
      readonly flow: string;
      readonly reason: 'PASSWORD_EXPIRED' | 'PASSWORD_UNSAFE';
      readonly message: string;
    }
  | {
      readonly step: 'REJECTED';
      readonly code: SignInRejection;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
    };

const SENTENCES: Readonly<Record<SignInRejection, string>> = {
  BAD_CREDENTIALS: 'Address and password do not belong together.',
  ACCOUNT_LOCKED:
    'This account is locked to protect it. Please try again later, or ask the business: a manager can open it.',
  CODE_REFUSED: 'That code is not right, or was used already.',
  PASSKEY_REFUSED: 'That passkey does not open an account here. Please try again, or sign in another way.',
  PASSKEY_IN_DOUBT:
    'There may be a copy of that passkey, so it opens nothing any more. Please sign in with your password and another factor, then remove it and add a new one.',
  FLOW_EXPIRED: 'This sign-in is over. Please start again.',
  ADDRESS_UNCONFIRMED: 'Please confirm your address with the code from our mail, or sign up again.',
  NETWORK_REFUSED: 'This is not available from where you are.',
  SESSION_ELSEWHERE:
    'Your account is in use somewhere else. Please sign out there first, or ask a manager if that is not you.',
};

/** The same sentence for everybody: nothing in it depends on whether the address is known. */
export const rejected = (code: SignInRejection, retryAfterSeconds: number | null = null): SignInStep => ({
  step: 'REJECTED',
  code,
  message: SENTENCES[code],
  retryAfterSeconds,
});

const CHANGE_SENTENCES = {
  EXPIRED: 'Your password is older than passwords may be here. Please choose another one.',
  MUST_CHANGE: 'Your password is not safe any more. Please choose another one.',
} as const;

/** Everything was right, and another password is needed before there is a session. */
export const passwordChangeRequired = (flow: string, standing: 'EXPIRED' | 'MUST_CHANGE'): SignInStep => ({
  step: 'PASSWORD_CHANGE_REQUIRED',
  flow,
  reason: standing === 'EXPIRED' ? 'PASSWORD_EXPIRED' : 'PASSWORD_UNSAFE',
  message: CHANGE_SENTENCES[standing],
});

import type { Database } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import type { Caller } from '@kept/passport';
import { refused, type Clock } from '@kept/subgraph-kit';
import type { BreachedPasswords } from './passwords/breached-passwords.ts';
import type { RelyingParty } from './factors/passkeys/relying-party.ts';
import type { PasswordHasher } from './passwords/hash-password.ts';
import type { StrengthEstimator } from './passwords/estimate-strength.ts';
import type { AddressBook } from './risk/locate-address.ts';
import type { Secrets } from './secrets.ts';
import type { SignInWatch } from './detection/sign-in-watch.ts';
import type { AccessTokens } from './sessions/access-token.ts';

/** What identity's use cases work with. Opened once per process by main.ts, and by tests. */
export interface Identity {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly secrets: Secrets;
  readonly hasher: PasswordHasher;
  readonly estimator: StrengthEstimator;
  readonly breached: BreachedPasswords;
  readonly tokens: AccessTokens;
  /** After how long without use a session of staff is over at the latest; the limit of their role may be shorter. */
  readonly staffIdleMinutes: number;
  /** What passkeys are made for. */
  readonly relyingParty: RelyingParty;
  /** What the operator's databases know of addresses. */
  readonly addressBook: AddressBook;
  readonly clock: Clock;
  /** Counts failures and finds attacks, behind the back of whoever signs in. */
  readonly watch: SignInWatch;
  /** Tells the queue that a mail waits. Only a hint: the row is the truth, and a sweeper finds it. */
  readonly nudgeMail: (mail: { organizationId: string; mailId: string }) => void;
}

/** The organization that is asked: the token's, or for anonymous callers the one the request names. */
export function organizationOf(caller: Caller): string {
  if (caller.organizationId === null) {
    throw refused.badInput('Name the organization in the header kept-organization.', {
      field: 'kept-organization',
    });
  }
  return caller.organizationId;
}

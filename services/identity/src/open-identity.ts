import type { Database } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import type { Clock } from '@kept/subgraph-kit';
import type { IdentityConfig } from './config.ts';
import { openSignInWatch } from './detection/sign-in-watch.ts';
import { postgresVolume, type VolumeStore } from './detection/volume-store.ts';
import type { Identity } from './identity.ts';
import { openStrengthEstimator } from './passwords/estimate-strength.ts';
import { openPasswordHasher } from './passwords/hash-password.ts';
import { openAddressBook } from './risk/locate-address.ts';
import type { AddressBookSettings } from './risk/settings.ts';
import { openSecrets } from './secrets.ts';
import { openAccessTokens } from './sessions/access-token.ts';

/** Opens everything the use cases work with, from the settings and a database. */
export async function openIdentity(
  config: Pick<
    IdentityConfig,
    'KEPT_ROOT_KEY' | 'KEPT_PASSWORD_PEPPER' | 'KEPT_TOKEN_KEY' | 'KEPT_TOKEN_ISSUER'
  > &
    AddressBookSettings,
  parts: { database: Database; clock: Clock; nudgeMail: Identity['nudgeMail']; log?: Logger; volume?: VolumeStore },
): Promise<Identity> {
  const { volume = postgresVolume(), log = openLog({ service: 'identity' }), ...given } = parts;
  const identity = {
    ...given,
    keyring: openKeyring({ service: 'identity', rootKey: config.KEPT_ROOT_KEY, clock: parts.clock }),
    secrets: openSecrets(config.KEPT_ROOT_KEY),
    addressBook: openAddressBook({
      countries: config.KEPT_COUNTRY_DATABASE,
      providers: config.KEPT_PROVIDER_DATABASE,
      anonymous: config.KEPT_ANONYMOUS_DATABASE,
    }),
    hasher: openPasswordHasher({ pepper: config.KEPT_PASSWORD_PEPPER }),
    estimator: openStrengthEstimator(),
    tokens: await openAccessTokens({ key: config.KEPT_TOKEN_KEY, issuer: config.KEPT_TOKEN_ISSUER }),
  };
  const onError = (error: unknown) => log.error({ err: error }, 'a failed sign-in could not be counted');
  return { ...identity, watch: openSignInWatch(identity, { volume, onError }) };
}

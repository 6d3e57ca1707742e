import type { Database } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import { openOutbound } from '@kept/outbound';
import { openLog, type Clock, type Logger } from '@kept/subgraph-kit';
import type { IdentityConfig } from './config.ts';
import { openSignInWatch } from './detection/sign-in-watch.ts';
import { postgresVolume, type VolumeStore } from './detection/volume-store.ts';
import type { Identity } from './identity.ts';
import { openRelyingParty } from './factors/passkeys/relying-party.ts';
import { openBreachedPasswords, type BreachedPasswords } from './passwords/breached-passwords.ts';
import { openStrengthEstimator } from './passwords/estimate-strength.ts';
import { hashesAtOnce, openPasswordHasher } from './passwords/hash-password.ts';
import { peppersOf } from './passwords/settings.ts';
import { openAddressBook } from './risk/locate-address.ts';
import type { AddressBookSettings } from './risk/settings.ts';
import { openSecrets } from './secrets.ts';
import { openAccessTokens } from './sessions/access-token.ts';

type PasswordSettings = Pick<
  IdentityConfig,
  | 'KEPT_PASSWORD_PEPPER_VERSION'
  | 'KEPT_PASSWORD_PEPPERS_OLDER'
  | 'UV_THREADPOOL_SIZE'
  | 'KEPT_BREACHED_PASSWORDS_FILE'
  | 'KEPT_BREACHED_PASSWORDS_URL'
>;

/** Opens everything the use cases work with, from the settings and a database. */
export async function openIdentity(
  config: Pick<
    IdentityConfig,
    'KEPT_ROOT_KEY' | 'KEPT_PASSWORD_PEPPER' | 'KEPT_TOKEN_KEY' | 'KEPT_TOKEN_ISSUER'
  > &
    Partial<Pick<IdentityConfig, 'KEPT_STAFF_IDLE_MINUTES'>> &
    Partial<PasswordSettings> &
    Partial<
      Pick<
        IdentityConfig,
        'KEPT_PUBLIC_URL' | 'KEPT_PASSKEY_DOMAIN' | 'KEPT_WEB_ORIGINS' | 'KEPT_TOKEN_KEYS_SHOWN'
      >
    > &
    AddressBookSettings,
  parts: {
    database: Database;
    clock: Clock;
    nudgeMail: Identity['nudgeMail'];
    log?: Logger;
    volume?: VolumeStore;
  },
): Promise<Identity> {
  const { volume = postgresVolume(), log = openLog({ service: 'identity' }), ...given } = parts;
  const identity = {
    ...given,
    keyring: openKeyring({ service: 'identity', rootKey: config.KEPT_ROOT_KEY, clock: parts.clock, log }),
    secrets: openSecrets(config.KEPT_ROOT_KEY),
    relyingParty: openRelyingParty({
      publicUrl: config.KEPT_PUBLIC_URL ?? config.KEPT_TOKEN_ISSUER,
      domain: config.KEPT_PASSKEY_DOMAIN,
      origins: config.KEPT_WEB_ORIGINS,
    }),
    addressBook: openAddressBook({
      countries: config.KEPT_COUNTRY_DATABASE,
      providers: config.KEPT_PROVIDER_DATABASE,
      anonymous: config.KEPT_ANONYMOUS_DATABASE,
    }),
    hasher: openPasswordHasher({
      peppers: peppersOf(config),
      concurrency: hashesAtOnce(config.UV_THREADPOOL_SIZE),
    }),
    breached: await openBreached(config, parts.log),
    estimator: openStrengthEstimator(),
    staffIdleMinutes: config.KEPT_STAFF_IDLE_MINUTES ?? 15,
    tokens: await openAccessTokens({
      key: config.KEPT_TOKEN_KEY,
      shown: config.KEPT_TOKEN_KEYS_SHOWN,
      issuer: config.KEPT_TOKEN_ISSUER,
    }),
  };
  const onError = (error: unknown) => log.error({ err: error }, 'a failed sign-in could not be counted');
  return { ...identity, watch: openSignInWatch(identity, { volume, onError }) };
}

function openBreached(
  { KEPT_BREACHED_PASSWORDS_FILE: file, KEPT_BREACHED_PASSWORDS_URL: url }: Partial<PasswordSettings>,
  log = openLog({ service: 'identity' }),
): Promise<BreachedPasswords> {
  const range = url === undefined ? undefined : { url, outbound: openOutbound({ development: false }) };
  return openBreachedPasswords({ file, range, log });
}

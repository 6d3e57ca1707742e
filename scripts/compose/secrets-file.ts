import { randomBytes } from 'node:crypto';
import { serviceNames, type StackSecrets } from '@kept/local-stack';

/** The lines of `.env`, every variable that docker-compose.yml demands. Values are quoted: one of them is JSON. */
export function secretsFile(secrets: StackSecrets): string {
  const random = (): string => randomBytes(24).toString('base64url');
  const publicKeys = serviceNames.map((name): [string, string] => [name, secrets.services[name].publicKey]);
  const values: Record<string, string> = {
    KEPT_POSTGRES_PASSWORD: random(),
    KEPT_REDIS_PASSWORD: random(),
    KEPT_TRUSTED_KEYS: JSON.stringify(Object.fromEntries(publicKeys)),
    KEPT_TOKEN_KEY: secrets.tokenKey,
    KEPT_LINK_PRIVATE_KEYS: secrets.linkKeys.privateKey,
    KEPT_LINK_PUBLIC_KEY: secrets.linkKeys.publicKey,
    KEPT_PASSWORD_PEPPER: secrets.passwordPepper,
    STRIPE_API_KEY: secrets.stripeApiKey,
    STRIPE_WEBHOOK_SECRETS: secrets.webhookSecret,
  };
  for (const name of serviceNames) {
    const prefix = `KEPT_${name.toUpperCase()}`;
    const own = secrets.services[name];
    values[`${prefix}_OWNER_PASSWORD`] = own.ownerPassword;
    values[`${prefix}_APP_PASSWORD`] = own.appPassword;
    values[`${prefix}_PASSPORT_KEY`] = own.passportKey;
    values[`${prefix}_SIGNING_KEY`] = own.signingKey;
    values[`${prefix}_ROOT_KEY`] = own.rootKey;
  }
  const head =
    '# Made by `npm run compose:secrets`. Without the root keys nothing in the databases can be read: keep a copy.';
  return `${head}\n${Object.entries(values)
    .map(([name, value]) => `${name}='${value}'`)
    .join('\n')}\n`;
}

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newDemoAccounts, type StackAccount } from './demo-accounts.ts';
import { StackTrouble } from './trouble.ts';

export const serviceNames = ['identity', 'scheduling', 'payments', 'compliance'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceSecrets {
  rootKey: string;
  passportKey: string;
  /** Ed25519, PKCS#8 DER and SPKI DER in base64. */
  signingKey: string;
  publicKey: string;
  ownerPassword: string;
  appPassword: string;
}

/** Everything secret of one stack. Made once; kept in `secrets.json`, readable by its owner only. */
export interface StackSecrets {
  services: Record<ServiceName, ServiceSecrets>;
  queue: { ownerPassword: string; appPassword: string };
  tokenKey: string;
  passwordPepper: string;
  webhookSecret: string;
  stripeApiKey: string;
  accounts: StackAccount[];
}

const key32 = (): string => randomBytes(32).toString('base64');
const password = (): string => randomBytes(24).toString('base64url');

function newKeyPair(): { privateKey: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

function newServiceSecrets(): ServiceSecrets {
  const { privateKey, publicKey } = newKeyPair();
  return {
    rootKey: key32(),
    passportKey: `k1:${key32()}`,
    signingKey: privateKey,
    publicKey,
    ownerPassword: password(),
    appPassword: password(),
  };
}

export function newSecrets(): StackSecrets {
  return {
    services: {
      identity: newServiceSecrets(),
      scheduling: newServiceSecrets(),
      payments: newServiceSecrets(),
      compliance: newServiceSecrets(),
    },
    queue: { ownerPassword: password(), appPassword: password() },
    tokenKey: newKeyPair().privateKey,
    passwordPepper: key32(),
    webhookSecret: `whsec_${password()}`,
    stripeApiKey: `sk_test_${randomBytes(24).toString('hex')}`,
    accounts: newDemoAccounts(),
  };
}

/** Writes a file that only its owner may read, whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

/** The secrets of the stack in this directory; made on the first start, never changed by a later one. */
export async function loadSecrets(directory: string): Promise<StackSecrets> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'secrets.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) {
    const secrets = newSecrets();
    await writePrivate(path, JSON.stringify(secrets, null, 2));
    return secrets;
  }
  try {
    return JSON.parse(text) as StackSecrets;
  } catch (cause) {
    // Without the old keys nothing in the databases can be read: making new ones would only hide that.
    throw new StackTrouble(
      `${path} cannot be read as JSON; bring it back from a copy, or start over with \`npm start -- --reset\`.`,
      { cause },
    );
  }
}

import { generateKeyPairSync, randomBytes, type KeyPairKeyObjectResult } from 'node:crypto';
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
  /** X25519: scheduling seals manage links with the public half, identity alone opens them. */
  linkKeys: { privateKey: string; publicKey: string };
  passwordPepper: string;
  webhookSecret: string;
  stripeApiKey: string;
  accounts: StackAccount[];
}

const key32 = (): string => randomBytes(32).toString('base64');
const newLinkKeys = () => exported(generateKeyPairSync('x25519'));
const password = (): string => randomBytes(24).toString('base64url');

function exported({ privateKey, publicKey }: KeyPairKeyObjectResult) {
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

const newKeyPair = () => exported(generateKeyPairSync('ed25519'));

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
    linkKeys: newLinkKeys(),
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
  const keep = async (secrets: StackSecrets): Promise<StackSecrets> => {
    await writePrivate(path, JSON.stringify(secrets, null, 2));
    return secrets;
  };
  if (text === null) return keep(newSecrets());
  try {
    const kept = JSON.parse(text) as Omit<StackSecrets, 'linkKeys'> & Partial<StackSecrets>;
    // Stacks of before there were manage links get the keys for them; nothing that was there changes.
    return kept.linkKeys
      ? { ...kept, linkKeys: kept.linkKeys }
      : await keep({ ...kept, linkKeys: newLinkKeys() });
  } catch (cause) {
    // Without the old keys nothing in the databases can be read: making new ones would only hide that.
    throw new StackTrouble(
      `${path} cannot be read as JSON; bring it back from a copy, or start over with \`npm start -- --reset\`.`,
      { cause },
    );
  }
}

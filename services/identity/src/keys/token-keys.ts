import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { setting } from '@kept/subgraph-kit';
import { z } from 'zod';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';

const readPublic = (text: string): KeyObject =>
  createPublicKey({ key: Buffer.from(text.trim(), 'base64'), format: 'der', type: 'spki' });

const shownKeys = z.string().transform((text, context): readonly KeyObject[] => {
  try {
    const keys = text.split(',').map(readPublic);
    if (keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519')) return keys;
  } catch {
    // Said below, for every kind of wrong.
  }
  context.addIssue({
    code: 'custom',
    message: 'must be Ed25519 public keys, SPKI DER in base64, separated by commas',
  });
  return z.NEVER;
});

/**
 * The key that signs access tokens, and the public halves of the one that comes next and of the one before. No process holds
 * a private key that does not sign.
 */
export const tokenKeySettings = {
  KEPT_TOKEN_KEY: setting.signingKey,
  KEPT_TOKEN_KEYS_SHOWN: shownKeys.optional(),
};

/** A public key as everybody who checks tokens reads it; its id is its thumbprint, so no key can take another's name. */
export async function shownKey(key: KeyObject): Promise<JWK & { kid: string }> {
  const jwk = await exportJWK(key);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'EdDSA' };
}

const writePublic = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'spki' }).toString('base64');
const writePrivate = (key: KeyObject): string =>
  key.export({ format: 'der', type: 'pkcs8' }).toString('base64');

/** What stands in the settings, and the private half of what is to sign next. */
export interface TokenKeyState {
  readonly key: string;
  readonly shown: string | undefined;
  readonly next: string | undefined;
}

/** New values of the settings; one that is left out stays as it is. */
export type TokenKeyChange = Readonly<
  Partial<Record<'KEPT_TOKEN_KEY' | 'KEPT_TOKEN_KEYS_SHOWN' | 'KEPT_TOKEN_KEY_NEXT', string>>
>;

const privateKey = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
const shownOf = ({ shown }: TokenKeyState): string[] => (shown === undefined ? [] : shown.split(','));

/** First step: a new key that everybody learns of before it signs anything. */
export function announceKey(state: TokenKeyState): TokenKeyChange {
  const pair = generateKeyPairSync('ed25519');
  return {
    KEPT_TOKEN_KEY_NEXT: writePrivate(pair.privateKey),
    KEPT_TOKEN_KEYS_SHOWN: [...shownOf(state), writePublic(pair.publicKey)].join(','),
  };
}

/** Second step, ten minutes later at least: the new key signs, and the old one is shown until its last token is over. */
export function rotateKey(state: TokenKeyState): TokenKeyChange {
  if (state.next === undefined)
    throw new Error('Set KEPT_TOKEN_KEY_NEXT to what `keys announce` has printed.');
  const next = writePublic(createPublicKey(privateKey(state.next)));
  if (!shownOf(state).includes(next))
    throw new Error(
      'KEPT_TOKEN_KEYS_SHOWN does not have the next key: gateways would refuse its tokens at first.',
    );
  return {
    KEPT_TOKEN_KEY: state.next,
    KEPT_TOKEN_KEYS_SHOWN: [
      ...shownOf(state).filter((shown) => shown !== next),
      writePublic(createPublicKey(privateKey(state.key))),
    ].join(','),
    KEPT_TOKEN_KEY_NEXT: '',
  };
}

/** Third step, ten minutes later at least: what the old key has signed is refused. */
export const retireKeys = (): TokenKeyChange => ({ KEPT_TOKEN_KEYS_SHOWN: '' });

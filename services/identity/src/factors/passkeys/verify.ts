import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import type { RelyingParty } from './relying-party.ts';

/** EdDSA, ES256, RS256: what authenticators have (IANA COSE Algorithms). */
export const ALGORITHMS = [-8, -7, -257];

/** What an authenticator answers when a passkey is used; everything in base64url. */
export interface PasskeyAssertion {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle?: string | null;
}

/** What an authenticator answers when it has made a passkey; everything in base64url. */
export interface PasskeyAttestation {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports?: readonly string[] | null;
}

/** A passkey that an authenticator has made. */
export interface NewPasskey {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly algorithm: number;
  readonly counter: number;
  readonly aaguid: string;
  readonly synced: boolean;
}

const FIELD_MAX = 16_384;
const BASE64URL = /^[A-Za-z0-9_-]+$/;
const isReadable = (...fields: readonly string[]): boolean =>
  fields.every((field) => field.length <= FIELD_MAX && BASE64URL.test(field));

/**
 * Whether a page in a frame of somebody else's page asked. The library lets that pass where the browser does not say whose
 * page it was (version 14.0.3, for Safari); nobody who may embed us is known to us, so all of them are refused.
 */
function isFramed(clientDataJSON: string): boolean {
  const read = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as Record<string, unknown>;
  return (read['crossOrigin'] ?? false) !== false || read['topOrigin'] !== undefined;
}

/**
 * Checks what a passkey has signed: our domain, our pages, this challenge, the person verified by the authenticator.
 * Undefined for everything else; the library throws for each kind of wrong, and none of them is told apart outside.
 * The counter is not judged here: a copy is noticed, not answered like a wrong signature (A30).
 */
export async function verifyAssertion(
  party: RelyingParty,
  given: { challenge: Buffer; publicKey: Buffer; assertion: PasskeyAssertion },
): Promise<{ counter: number; synced: boolean } | undefined> {
  const { challenge, publicKey, assertion } = given;
  const { id, clientDataJSON, authenticatorData, signature, userHandle } = assertion;
  if (!isReadable(id, clientDataJSON, authenticatorData, signature)) return undefined;
  try {
    if (isFramed(clientDataJSON)) return undefined;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON,
          authenticatorData,
          signature,
          ...(typeof userHandle === 'string' && { userHandle }),
        },
      },
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: { id, publicKey: Uint8Array.from(publicKey), counter: 0 },
    });
    if (!verified) return undefined;
    return { counter: authenticationInfo.newCounter, synced: authenticationInfo.credentialBackedUp };
  } catch {
    return undefined;
  }
}

/** Checks a passkey that was just made, by the same rules. Undefined when it is not one that we asked for. */
export async function verifyAttestation(
  party: RelyingParty,
  { challenge, attestation }: { challenge: Buffer; attestation: PasskeyAttestation },
): Promise<NewPasskey | undefined> {
  const { id, clientDataJSON, attestationObject } = attestation;
  if (!isReadable(id, clientDataJSON, attestationObject)) return undefined;
  try {
    if (isFramed(clientDataJSON)) return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { credential, aaguid, credentialBackedUp } = registrationInfo;
    const algorithm = decodeCredentialPublicKey(credential.publicKey).get(cose.COSEKEYS.alg);
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      algorithm: Number(algorithm),
      counter: credential.counter,
      aaguid,
      synced: credentialBackedUp,
    };
  } catch {
    return undefined;
  }
}

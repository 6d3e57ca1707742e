// An authenticator in software, with every lie that an attacker could tell. Used by tests only.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** What the browser or the authenticator says differently from what is true. */
export interface Lies {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly userVerified?: boolean;
  readonly counter?: number;
  readonly userHandle?: string | null;
  readonly signWith?: KeyObject;
}

interface Options {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
const AAGUID = Buffer.from('d548826e79b4db40a3d811116f7e8349', 'hex');

/** Makes one passkey and answers with it; `counting` ones say how often they were used, others always 0. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(32);
  readonly #keys: { privateKey: KeyObject; publicKey: KeyObject };
  readonly #algorithm: 'ES256' | 'EdDSA';
  readonly #origin: string;
  readonly #counting: boolean;
  #userHandle = '';
  #counter = 0;

  constructor(given: { origin: string; counting?: boolean; algorithm?: 'ES256' | 'EdDSA' }) {
    this.#origin = given.origin;
    this.#counting = given.counting ?? false;
    this.#algorithm = given.algorithm ?? 'ES256';
    this.#keys =
      this.#algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  }

  /** The private half, which must be found nowhere but here. */
  get privateBytes(): Buffer {
    return Buffer.from(String(this.#keys.privateKey.export({ format: 'jwk' }).d), 'base64url');
  }

  get userHandle(): string {
    return this.#userHandle;
  }

  create(optionsJson: string, lies: Lies = {}) {
    const options = JSON.parse(optionsJson) as Options;
    this.#userHandle = options.user?.id ?? '';
    const attested = Buffer.concat([
      AAGUID,
      Buffer.from([0, this.id.length]),
      this.id,
      isoCBOR.encode(this.#coseKey()),
    ]);
    const authData = Buffer.concat([this.#data(options.rp?.id ?? '', 0x40, lies), attested]);
    const attestation = new Map<string, string | Map<never, never> | Uint8Array>([
      ['fmt', 'none'],
      ['attStmt', new Map<never, never>()],
      ['authData', Uint8Array.from(authData)],
    ]);
    return {
      id: this.id.toString('base64url'),
      clientDataJSON: this.#clientData('webauthn.create', options, lies).toString('base64url'),
      attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
      transports: ['internal', 'nonsense'],
    };
  }

  get(optionsJson: string, lies: Lies = {}) {
    const options = JSON.parse(optionsJson) as Options;
    if (this.#counting) this.#counter += 1;
    const clientData = this.#clientData('webauthn.get', options, lies);
    const authData = this.#data(options.rpId ?? '', 0, lies);
    const signed = Buffer.concat([authData, sha256(clientData)]);
    const key = lies.signWith ?? this.#keys.privateKey;
    return {
      id: this.id.toString('base64url'),
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: sign(this.#algorithm === 'ES256' ? 'sha256' : null, signed, key).toString('base64url'),
      userHandle: lies.userHandle === undefined ? this.#userHandle : lies.userHandle,
    };
  }

  #clientData(type: string, { challenge }: Options, lies: Lies): Buffer {
    const said = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.#origin,
      crossOrigin: lies.crossOrigin ?? false,
      ...(lies.topOrigin !== undefined && { topOrigin: lies.topOrigin }),
    };
    return Buffer.from(JSON.stringify(said));
  }

  // Flags of WebAuthn Level 3, §6.1: present 1, verified 4, may be synced 8, is synced 16, with a new key 64.
  #data(rpId: string, more: number, lies: Lies): Buffer {
    const flags = 1 | ((lies.userVerified ?? true) ? 4 : 0) | (this.#counting ? 0 : 24) | more;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(lies.counter ?? this.#counter);
    return Buffer.concat([sha256(lies.rpId ?? rpId), Buffer.from([flags]), counter]);
  }

  #coseKey(): Map<number, number | Uint8Array> {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'));
    return this.#algorithm === 'ES256'
      ? new Map<number, number | Uint8Array>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, bytes(x)],
          [-3, bytes(y)],
        ])
      : new Map<number, number | Uint8Array>([
          [1, 1],
          [3, -8],
          [-1, 6],
          [-2, bytes(x)],
        ]);
  }
}

/** What an app asks and knows about sealed notes. */
import { GeneralEncrypt, generalDecrypt, importJWK, type CryptoKey, type GeneralJWE } from 'jose';

export const REGISTER = `mutation ($input: RegisterNoteKeyInput!) { registerNoteKey(input: $input) { __typename
  ... on NoteKeyRegistered { key { id thumbprint } } ... on LimitReached { limit } } }`;
export const REVOKE = `mutation ($input: RevokeNoteKeyInput!) { revokeNoteKey(input: $input) { __typename
  ... on NoteKeyRevoked { key { id revokedAt } } } }`;
export const PUT = `mutation ($input: PutSealedNoteInput!) { putSealedNote(input: $input) { __typename
  ... on SealedNoteKept { note { version needsRewrap writtenBy } } ... on VersionConflict { currentVersion }
  ... on NoteRecipientsDiffer { missing recipients { kid member } } ... on PolicyViolation { code } } }`;
export const READ = `query ($id: ID!) { booking(id: $id) { id
  sealedNote { jwe version needsRewrap writtenBy } noteRecipients { kid member x } } }`;

/** A device as an app has it: the private key is made here and goes nowhere. */
export interface Device {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly kid: string;
  readonly x: string;
  readonly id: string;
}
export interface Note {
  jwe: string;
  version: number;
  needsRewrap: boolean;
  writtenBy: string | null;
}
export interface Recipient {
  kid: string;
  member: string;
  x: string;
}

/** As an app does it (docs/clients.md): wraps a text for the devices that the graph names. `header` says more, or something wrong. */
export async function wrapNote(
  text: string,
  note: { bookingId: string; version: number; recipients: Pick<Recipient, 'kid' | 'x'>[] },
  header: object = {},
): Promise<GeneralJWE> {
  const jwe = new GeneralEncrypt(new TextEncoder().encode(text)).setProtectedHeader({
    enc: 'A256GCM',
    'kept-booking': note.bookingId,
    'kept-version': note.version,
    ...header,
  });
  for (const { kid, x } of note.recipients) {
    const key = await importJWK({ kty: 'OKP', crv: 'X25519', x }, 'ECDH-ES+A256KW');
    jwe.addRecipient(key).setUnprotectedHeader({ alg: 'ECDH-ES+A256KW', kid });
  }
  return jwe.encrypt();
}

/** What a device reads. */
export const open = async (jwe: string, { privateKey }: Pick<Device, 'privateKey'>): Promise<string> =>
  new TextDecoder().decode((await generalDecrypt(JSON.parse(jwe) as GeneralJWE, privateKey)).plaintext);

/** What an app asks and knows about sealed notes. */
import type { CryptoKey } from 'jose';

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

import { sameBytes, type Secrets } from '../secrets.ts';

// organization (16) | id (16) | count (4) | HMAC-128 (16). The organization stands in front so that a directory can send
// the token to the right cell without asking anybody (design §12).
const ID_BYTES = 16;
const COUNT_AT = 2 * ID_BYTES;
const MAC_AT = COUNT_AT + 4;
const LENGTH = MAC_AT + 16;
const COUNT_MAX = 0xffff_ffff;

const PREFIX = {
  refresh: 'kr1_',
  device: 'kd1_',
  'contact-undo': 'kc1_',
  'factor-restore': 'kf1_',
  'not-me': 'kn1_',
  invitation: 'ki1_',
  unlock: 'ku1_',
  'own-account': 'ko1_',
} as const;
type TokenPurpose = keyof typeof PREFIX;

/** A refresh or device token, or the one that undoes a change of address: whose it is and the how-manieth. Nothing of it needs to be stored to recognise it. */
export interface RoutedToken {
  readonly organizationId: string;
  readonly id: string;
  readonly count: number;
}

/** Writes a token; only the holder of the root key can, so each session and device has its own sequence of them. */
export function writeToken(secrets: Secrets, purpose: TokenPurpose, token: RoutedToken): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes.write(token.organizationId.replaceAll('-', ''), 0, 'hex');
  bytes.write(token.id.replaceAll('-', ''), ID_BYTES, 'hex');
  bytes.writeUInt32BE(token.count % COUNT_MAX, COUNT_AT);
  secrets.hash(purpose, bytes.subarray(0, MAC_AT)).copy(bytes, MAC_AT, 0, LENGTH - MAC_AT);
  return PREFIX[purpose] + bytes.toString('base64url');
}

/** Reads a token that we wrote ourselves for this purpose; undefined for everything else. */
export function readToken(secrets: Secrets, purpose: TokenPurpose, text: string): RoutedToken | undefined {
  if (!text.startsWith(PREFIX[purpose]) || text.length > 100) return undefined;
  const bytes = Buffer.from(text.slice(PREFIX[purpose].length), 'base64url');
  if (bytes.length !== LENGTH) return undefined;
  const mac = secrets.hash(purpose, bytes.subarray(0, MAC_AT)).subarray(0, LENGTH - MAC_AT);
  if (!sameBytes(mac, bytes.subarray(MAC_AT))) return undefined;
  return {
    organizationId: uuidAt(bytes, 0),
    id: uuidAt(bytes, ID_BYTES),
    count: bytes.readUInt32BE(COUNT_AT),
  };
}

function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + ID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

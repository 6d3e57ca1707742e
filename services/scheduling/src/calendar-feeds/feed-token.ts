import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const FORM = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;
const UUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** What a feed's address holds: whose organization it is (design §12: a router must know), and a secret. */
export interface FeedToken {
  readonly organizationId: string;
  readonly secretHash: Buffer;
}

/** A new secret, in the words of the address and as it is stored. Nobody can make the one out of the other. */
export function makeFeedToken(organizationId: string): { token: string; secretHash: Buffer } {
  const secret = randomBytes(SECRET_BYTES);
  const organization = Buffer.from(organizationId.replaceAll('-', ''), 'hex').toString('base64url');
  return { token: `${organization}.${secret.toString('base64url')}`, secretHash: hashOf(secret) };
}

/** Reads the address's part; null for whatever no feed can be called. */
export function readFeedToken(token: string): FeedToken | null {
  const [, organization = '', secret = ''] = FORM.exec(token) ?? [];
  const parts = UUID_PARTS.exec(Buffer.from(organization, 'base64url').toString('hex'));
  if (!parts) return null;
  const bytes = Buffer.from(secret, 'base64url');
  // One secret has one spelling: the last character of base64url has bits that decode to nothing.
  if (bytes.toString('base64url') !== secret) return null;
  return { organizationId: parts.slice(1).join('-'), secretHash: hashOf(bytes) };
}

// The secret has 256 bits of chance, so a fast hash is as good as a slow one: there is no list to try.
const hashOf = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();

/** Where the gateway serves it. */
export const pathOfFeed = (token: string): string => `/calendars/${token}.ics`;

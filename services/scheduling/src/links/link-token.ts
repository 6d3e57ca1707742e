import { createHash, randomBytes } from 'node:crypto';

/**
 * What stands in a link's address behind `#`: the organization, so that whoever is asked knows where to look (design §12), and 32
 * random bytes. It goes to whoever may have it and is kept nowhere; what is kept is its SHA-256, which needs no salt or slow hash
 * because nobody can guess 256 random bits.
 */
export interface LinkToken {
  readonly organizationId: string;
  readonly hash: Buffer;
  /** The first characters, hashed: tries that begin alike are counted together. */
  readonly beginning: Buffer;
}

const FORM = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;
const BEGINNING = 8;
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A new token. The text is answered once. */
export function newToken(organizationId: string): { text: string; hash: Buffer } {
  const organization = Buffer.from(organizationId.replaceAll('-', ''), 'hex').toString('base64url');
  const text = `${organization}.${randomBytes(32).toString('base64url')}`;
  return { text, hash: sha256(text) };
}

/** A token as somebody sent it; null when it cannot be one. Constant work, whatever was sent. */
export function readToken(text: string): LinkToken | null {
  const [, organization, secret] = FORM.exec(text) ?? [];
  if (organization === undefined || secret === undefined) return null;
  const id = Buffer.from(organization, 'base64url').toString('hex');
  const organizationId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { organizationId, hash: sha256(text), beginning: sha256(secret.slice(0, BEGINNING)).subarray(0, 8) };
}

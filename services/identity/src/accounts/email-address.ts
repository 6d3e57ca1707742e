import { domainToASCII } from 'node:url';

const LENGTH_MAX = 254; // RFC 5321 §4.5.3.1.3
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * The one form in which an address is stored, compared and written to, or undefined when it is not an address.
 * NFKC and lower case make full-width and upper-case twins one; the domain becomes its ASCII form. Mail goes to this
 * form and never to what was typed: sending to the typed twin is how password resets were once stolen.
 */
export function canonicalEmail(text: string): string | undefined {
  if (text.length > LENGTH_MAX) return undefined;
  const normal = text.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
  const at = normal.lastIndexOf('@');
  const local = normal.slice(0, at);
  const domain = domainToASCII(normal.slice(at + 1));
  if (at < 1 || !LOCAL_PART.test(local) || !DOMAIN.test(domain)) return undefined;
  const address = `${local}@${domain}`;
  return address.length <= LENGTH_MAX ? address : undefined;
}

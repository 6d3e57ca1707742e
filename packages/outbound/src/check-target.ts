import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from './public-address.ts';
import { OutboundRefused } from './outbound-refused.ts';

/** What may be reached: the public internet, encrypted; in development this machine too, and in clear. */
export interface Reach {
  readonly development: boolean;
}

const URL_LENGTH_MAX = 2_000;

/** Reads an address that somebody else chose. Throws `OutboundRefused` unless it may be called. */
export function checkTarget(address: string | URL, { development }: Reach): URL {
  const text = String(address);
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text)) throw new OutboundRefused('ADDRESS_NOT_USABLE');
  const url = new URL(text);
  // Whoever writes a password into an address means to send it; it would stand in every log on the way.
  if (url.username !== '' || url.password !== '' || url.hostname === '')
    throw new OutboundRefused('ADDRESS_NOT_USABLE');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new OutboundRefused('ADDRESS_NOT_USABLE');
  if (url.protocol === 'http:' && !development) throw new OutboundRefused('NOT_ENCRYPTED');
  // Node connects to a literal address without looking it up. `URL` has brought 2130706433, 0x7f.1 and 0177.0.0.1 into
  // one form by now (WHATWG URL, "IPv4 parser").
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) assertReachable(literal, { development });
  url.hash = '';
  return url;
}

/** Throws `OutboundRefused` for an IP address that nobody from outside may make us call. */
export function assertReachable(address: string, { development }: Reach): void {
  if (isPublicAddress(address) || (development && isLoopbackAddress(address))) return;
  throw new OutboundRefused('ADDRESS_NOT_PUBLIC');
}

/** Why nothing came back. A program acts on it; nothing of what the other side said is in it. */
export type OutboundReason =
  | 'ADDRESS_NOT_USABLE'
  | 'NOT_ENCRYPTED'
  | 'ADDRESS_NOT_PUBLIC'
  | 'CERTIFICATE_REFUSED'
  | 'UNREACHABLE'
  | 'TIMED_OUT'
  | 'TOO_LARGE'
  | 'TOO_MANY_REDIRECTS'
  | 'NOT_READABLE';

const SENTENCES: Readonly<Record<OutboundReason, string>> = {
  ADDRESS_NOT_USABLE: 'This is not an address that can be called.',
  NOT_ENCRYPTED: 'Only encrypted addresses (https) are called.',
  ADDRESS_NOT_PUBLIC: 'The address leads to a network that is not public.',
  CERTIFICATE_REFUSED: 'The other side has no valid certificate for this address.',
  UNREACHABLE: 'Nobody answers at this address.',
  TIMED_OUT: 'The other side took too long.',
  TOO_LARGE: 'The other side sent too much.',
  TOO_MANY_REDIRECTS: 'The address was passed on too often.',
  NOT_READABLE: 'The other side sent what cannot be read.',
};

/** A call that was not made or came to nothing. Its message holds neither the address nor a word of the answer. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
  constructor(
    readonly reason: OutboundReason,
    cause?: unknown,
  ) {
    super(SENTENCES[reason], { cause });
  }
}

// OpenSSL's names for what is wrong with a certificate, as Node passes them on (nodejs.org/api/tls.html, X509 errors).
const CERTIFICATE =
  /^(ERR_TLS_CERT|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|EPROTO)/;
const TIMEOUT = /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/;
const LARGE = /^(UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW|UND_ERR_RES_EXCEEDED_MAX_SIZE)$/;
const UNREADABLE = /^(HPE_|Z_|ERR_ZLIB|ERR_BROTLI|UND_ERR_SOCKET)/;

/** What an error of Node or undici means here. */
export function asRefusal(error: unknown): OutboundRefused {
  if (error instanceof OutboundRefused) return error;
  // Node's own errors may come from another realm than ours (a test's): by what they say, not by their class.
  const { name, code = '', cause } = (error ?? {}) as { name?: unknown; code?: unknown; cause?: unknown };
  if (cause instanceof OutboundRefused) return cause;
  if (name === 'TimeoutError' || TIMEOUT.test(String(code))) return new OutboundRefused('TIMED_OUT', error);
  if (CERTIFICATE.test(String(code))) return new OutboundRefused('CERTIFICATE_REFUSED', error);
  if (LARGE.test(String(code))) return new OutboundRefused('TOO_LARGE', error);
  if (UNREADABLE.test(String(code))) return new OutboundRefused('NOT_READABLE', error);
  return new OutboundRefused('UNREACHABLE', error);
}

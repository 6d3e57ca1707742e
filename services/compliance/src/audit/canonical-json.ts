import canonicalize from 'canonicalize';

// The package is CommonJS, and its types describe an ES module: what Node gives us is the function itself.
const serialize = canonicalize as unknown as (value: unknown) => string | undefined;

/** JSON of which there is exactly one spelling (RFC 8785): hashing needs it. */
export function canonicalJson(value: object): string {
  const text = serialize(value);
  if (text === undefined) throw new TypeError('This value has no JSON.');
  return text;
}

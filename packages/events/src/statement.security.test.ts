import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { readPrivateKey, readPublicKey, trustKeys } from './keys.ts';
import { openStatement, signStatement, StatementRefused } from './statement.ts';

// The holes: one signed thing passed off as another (a quote as an event), a second spelling of the same statement passing as
// new, a change nobody notices.
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const PREFIX = 'kept/quote/v1';
const payload = { v: 1, amountMinor: 2_500, currency: 'EUR', holdId: 'b', nested: { z: null, a: [1, 'ü'] } };

describe('a statement', () => {
  it('opens with the right key and purpose', () => {
    expect(openStatement(PREFIX, signStatement(PREFIX, payload, privateKey), publicKey)).toEqual(payload);
  });

  it('is in the form others can check: base64url JSON, and Ed25519 over the purpose, a line break and that JSON', () => {
    const [json = '', signature = ''] = signStatement(PREFIX, payload, privateKey).split('.');
    const text = Buffer.from(json, 'base64url').toString('utf8');
    expect(text).toBe(
      '{"amountMinor":2500,"currency":"EUR","holdId":"b","nested":{"a":[1,"ü"],"z":null},"v":1}',
    );
    expect(Buffer.from(signature, 'base64url')).toEqual(
      sign(null, Buffer.from(`${PREFIX}\n${text}`), privateKey),
    );
  });

  it('is refused for another purpose, by another key, altered in any byte, or spelled differently', () => {
    const genuine = signStatement(PREFIX, payload, privateKey);
    const [json = '', signature = ''] = genuine.split('.');
    const otherJson = Buffer.from(canonicalJson({ ...payload, amountMinor: 1 })).toString('base64url');
    const forgeries = [
      `${otherJson}.${signature}`,
      `${json}.${Buffer.alloc(64).toString('base64url')}`,
      `${json}.`,
      json,
      '',
      `${genuine}.`,
      `${genuine}=`,
      ` ${genuine}`,
      `${json}\n.${signature}`,
      `${json}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
      ...Array.from({ length: 20 }, (_, n) => {
        const bytes = Buffer.from(json, 'base64url');
        const place = (n * 7) % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ 1;
        return `${bytes.toString('base64url')}.${signature}`;
      }),
    ];
    for (const forgery of forgeries) {
      expect(() => openStatement(PREFIX, forgery, publicKey)).toThrow(StatementRefused);
    }
    expect(() => openStatement('kept/event/v1', genuine, publicKey)).toThrow(StatementRefused);
    expect(() => openStatement(PREFIX, genuine, stranger.publicKey)).toThrow(StatementRefused);
  });

  it('refuses to sign what JSON would silently drop or bend', () => {
    for (const value of [
      { a: NaN },
      { a: Infinity },
      { a: 1n },
      { a: new Date(0) },
      { a: () => 1 },
      { a: '\ud800' },
    ]) {
      expect(() => signStatement(PREFIX, value, privateKey)).toThrow(TypeError);
    }
  });
});

describe('canonical JSON', () => {
  // RFC 8785 §3.2.3: properties are ordered by UTF-16 code units; and §3.2.2.3: numbers as ECMAScript writes them.
  it('orders and writes as RFC 8785 does', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
    expect(
      canonicalJson([JSON.parse('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0]),
    ).toBe('[333333333.3333333,1e+30,4.5,0.002,1e-27,0]');
  });
});

describe('keys', () => {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

  it('are read as the environment writes them', () => {
    const text = signStatement(PREFIX, payload, pkcs8);
    expect(openStatement(PREFIX, text, spki)).toEqual(payload);
    const trusted = trustKeys({ service: 'payments', signingKey: pkcs8, trustedKeys: { identity: spki } });
    expect([...trusted.keys()].sort()).toEqual(['identity', 'payments']);
  });

  it('of another kind are refused, and the key is not in the message', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => readPrivateKey(rsa.privateKey)).toThrow('Not a private Ed25519 key');
    expect(() => readPublicKey(privateKey)).toThrow('Not a public Ed25519 key');
    expect(() => readPrivateKey('canary')).toThrow(/^(?!.*canary)/);
    expect(
      createPublicKey(createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' })),
    ).toBeDefined();
  });
});

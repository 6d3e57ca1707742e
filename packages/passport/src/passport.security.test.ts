// A passport opens one body, for one service, once, within half a minute. Everything else is refused:
// the hole is a subgraph that believes whoever reaches its port (gateway A11, A12; identity A42).
import { randomBytes } from 'node:crypto';
import { anonymousCaller, type Caller } from './caller.ts';
import { openPassportVerifier, parsePassportKeys, signPassport, type PassportKey } from './passport.ts';

const key: PassportKey = { id: 'a', secret: randomBytes(32) };
const other: PassportKey = { id: 'b', secret: randomBytes(32) };
const body = Buffer.from('{"query":"{viewer{id}}"}');
let now = new Date('2027-03-01T10:00:00Z');
const caller: Caller = anonymousCaller({
  organizationId: '11111111-1111-4111-8111-111111111111',
  requestId: 'request-1',
  operationName: null,
  networkAddress: '203.0.113.9',
  policyVersion: 'v1',
});
const verifier = (keys: PassportKey[] = [key], service = 'identity') =>
  openPassportVerifier({ service, keys, clock: () => now });
const signed = (change: Partial<Parameters<typeof signPassport>[0]> = {}) =>
  signPassport({ caller, service: 'identity', body, key, now, ...change });

beforeEach(() => {
  now = new Date('2027-03-01T10:00:00Z');
});

it('carries the caller to the service it was made for', () => {
  expect(verifier().verify(signed(), body)).toEqual(caller);
});

it('[LAW-47] carries whether the person objects to sharing; a passport of before that says nothing of it', () => {
  const objecting = { ...caller, globalPrivacyControl: true };
  expect(verifier().verify(signed({ caller: objecting }), body).globalPrivacyControl).toBe(true);
  const { globalPrivacyControl: _, ...before } = caller;
  expect(verifier().verify(signed({ caller: before as Caller }), body)).toEqual(caller);
});

it('[identity A44] carries for whom a client answers and where roles of staff end; a passport of before limits and widens nothing', () => {
  const [one, two] = ['33333333-3333-4333-8333-333333333333', '44444444-4444-4444-8444-444444444444'];
  for (const more of [{ dependants: [one, two] }, { locations: [one] }])
    expect(verifier().verify(signed({ caller: { ...caller, ...more } }), body)).toEqual({
      ...caller,
      ...more,
    });
  const { dependants: _none, locations: _all, ...before } = caller;
  expect(verifier().verify(signed({ caller: before as Caller }), body)).toEqual(caller);
  // A limit to no place at all would be read as none: it is no passport.
  expect(() => verifier().verify(signed({ caller: { ...caller, locations: [] } }), body)).toThrow();
});

it('accepts the key before the active one during a rotation', () => {
  expect(verifier([other, key]).verify(signed(), body)).toEqual(caller);
});

it('[gateway A11] refuses a request without a passport, and with something that is not one', () => {
  for (const header of [undefined, '', 'v1', 'v2.a.1.n.p.s', 'v1.a.1.n.p.s.more', 'v1.a.1..p.s']) {
    expect(() => verifier().verify(header, body)).toThrow('not a passport');
  }
});

it('[gateway A12] refuses an altered body, principal, time, nonce or signature', () => {
  expect(() => verifier().verify(signed(), Buffer.from('{}'))).toThrow('wrong signature');
  const parts = signed().split('.');
  const forged = Buffer.from(JSON.stringify({ ...caller, roles: ['MANAGER'] })).toString('base64url');
  for (const [index, value] of [
    [2, String(now.getTime() + 1)],
    [3, 'nonce'],
    [4, forged],
    [5, 'AAAA'],
  ] as const) {
    const altered = parts.with(index, value).join('.');
    expect(() => verifier().verify(altered, body)).toThrow('wrong signature');
  }
});

it('[identity A42] refuses the passport of another service, and one signed with another key', () => {
  expect(() => verifier([key], 'payments').verify(signed(), body)).toThrow('wrong signature');
  expect(() => verifier([other]).verify(signed(), body)).toThrow('unknown key');
  expect(() => verifier().verify(signed({ key: { id: 'a', secret: other.secret } }), body)).toThrow(
    'wrong signature',
  );
});

it('[gateway A12] refuses a passport used before', () => {
  const one = verifier();
  const header = signed();
  one.verify(header, body);
  expect(() => one.verify(header, body)).toThrow('used before');
  now = new Date(now.getTime() + 29_000);
  expect(() => one.verify(header, body)).toThrow('used before');
});

it('[gateway A12] refuses a passport from more than half a minute ago or ahead, whatever was forgotten since', () => {
  const one = verifier();
  const header = signed();
  now = new Date(now.getTime() + 30_001);
  expect(() => one.verify(header, body)).toThrow('not of this time');
  now = new Date(now.getTime() - 60_002);
  expect(() => one.verify(header, body)).toThrow('not of this time');
});

it('still knows a nonce after the memory has turned over once', () => {
  const one = verifier();
  now = new Date(now.getTime() + 59_000);
  one.verify(signed(), body);
  now = new Date(now.getTime() + 1_500);
  const header = signed();
  one.verify(header, body);
  now = new Date(now.getTime() + 29_000);
  one.verify(signed(), body);
  expect(() => one.verify(header, body)).toThrow('used before');
});

it('never makes two passports alike, however many of one caller for one body', () => {
  const nonces = Array.from({ length: 20_000 }, () => signed().split('.')[3] ?? '');
  expect(new Set(nonces).size).toBe(20_000);
  expect(nonces.every((nonce) => /^[\w-]{12}$/.test(nonce))).toBe(true);
});

it('signs for who is calling now, not for whom it signed before', () => {
  const zoe = { ...caller, accountId: '22222222-2222-4222-8222-222222222222' };
  const one = verifier();
  expect(one.verify(signed(), body)).toEqual(caller);
  expect(one.verify(signed({ caller: zoe }), body)).toEqual(zoe);
  expect(one.verify(signed(), body)).toEqual(caller);
});

it('refuses a principal with a property it does not know', () => {
  const strange = { ...caller, superuser: true } as Caller;
  expect(() => verifier().verify(signed({ caller: strange }), body)).toThrow();
});

it('reads the keys a service is given, and says what is wrong with a short one', () => {
  const text = `new:${other.secret.toString('base64')}, old:${key.secret.toString('base64')}`;
  expect(parsePassportKeys(text).map(({ id }) => id)).toEqual(['new', 'old']);
  expect(() => parsePassportKeys('a:c2hvcnQ=')).toThrow('at least 32 bytes');
});

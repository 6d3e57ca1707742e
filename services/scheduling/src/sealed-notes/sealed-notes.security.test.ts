/**
 * The hole this keeps closed: whoever runs the system reads what a client trusts their provider with. A sealed note is written and
 * read on the devices of its two members; the service keeps it, checks its form and its recipients, and holds no key to it. Not a
 * manager, not somebody with the database, the root key and the gateway's keys, not the provider who was booked before.
 */
import { randomUUID } from 'node:crypto';
import {
  base64url,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type GeneralJWE,
  type JWK,
} from 'jose';
import { open, PUT, READ, REGISTER, REVOKE, wrapNote } from './devices-for-tests.ts';
import type { Device, Note, Recipient } from './devices-for-tests.ts';
import type { Caller } from '@kept/passport';
import { book, mutate, type Answer } from '../operations-for-tests.ts';
import { eventsIn } from '../outbox-for-tests.ts';
import { addProvider } from '../providers/on-staff-joined.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
let bookingId: string;
let day = 10;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
  client = await business.client();
  bookingId = (await book(test, client, { ...business, startsAt: `2027-02-${++day}T10:00:00.000Z` })).id;
});

const register = (caller: Caller, jwk: JWK, more: object = {}): Promise<Answer> => {
  const { kty, crv, x } = jwk;
  return mutate(test, caller, { query: REGISTER, input: { kty, crv, x, deviceName: 'Telephone', ...more } });
};
async function device(caller: Caller): Promise<Device> {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES+A256KW', {
    crv: 'X25519',
    extractable: true,
  });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const answer = await register(caller, jwk);
  expect(answer).toMatchObject({ key: { thumbprint: kid } });
  return { privateKey, publicKey, kid, x: jwk.x ?? '', id: (answer['key'] as { id: string }).id };
}
async function look(caller: Caller): Promise<{ note: Note | null; recipients: Recipient[] }> {
  const { data } = await test.ask(caller, READ, { id: bookingId });
  const { booking } = data as { booking: { sealedNote: Note | null; noteRecipients: Recipient[] } | null };
  return { note: booking?.sealedNote ?? null, recipients: booking?.noteRecipients ?? [] };
}
type Wrapped = { version: number; recipients: Pick<Recipient, 'kid' | 'x'>[] };
const wrap = (text: string, note: Wrapped, header: object = {}): Promise<GeneralJWE> =>
  wrapNote(text, { bookingId, ...note }, header);
const put = (caller: Caller, jwe: GeneralJWE | string, expectedVersion: number): Promise<Answer> =>
  mutate(test, caller, {
    query: PUT,
    input: { bookingId, expectedVersion, jwe: typeof jwe === 'string' ? jwe : JSON.stringify(jwe) },
  });
async function write(caller: Caller, text: string): Promise<Answer> {
  const { note, recipients } = await look(caller);
  const version = note?.version ?? 0;
  return put(caller, await wrap(text, { version: version + 1, recipients }), version);
}
const SECRET = 'I have not told anybody else. 沈黙 🕊';

it('[ENC-12] client and provider write and read on their devices; nobody else is even given the envelope', async () => {
  const provider = business.provider();
  const [telephone, tablet, desk] = [await device(client), await device(client), await device(provider)];
  expect(await write(client, SECRET)).toMatchObject({
    note: { version: 1, needsRewrap: false, writtenBy: 'CLIENT' },
  });
  for (const [caller, own] of [
    [client, telephone],
    [client, tablet],
    [provider, desk],
  ] as const) {
    const { note } = await look(caller);
    expect(await open(note?.jwe ?? '', own)).toBe(SECRET);
  }
  expect(await write(provider, 'An answer')).toMatchObject({ note: { version: 2, writtenBy: 'PROVIDER' } });
  expect(await open((await look(client)).note?.jwe ?? '', telephone)).toBe('An answer');
  const inEmergency = { ...business.staff('PROVIDER'), emergencyUntil: test.clock().getTime() / 1000 + 3600 };
  for (const other of [
    business.staff('MANAGER'),
    business.staff('PROVIDER', 'MANAGER'),
    business.staff('FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'),
    inEmergency,
    await business.client(),
    business.staff('PROVIDER'),
    (await openBusiness(test)).staff('MANAGER'),
  ]) {
    const seen = await test.ask(other, READ, { id: bookingId });
    expect(JSON.stringify(seen.data)).not.toMatch(/ciphertext|encrypted_key|kid/);
    await expect(
      put(other, await wrap('mine', { version: 3, recipients: [telephone, desk] }), 2),
    ).rejects.toThrow(/^(NOT_FOUND|UNAUTHORIZED_FIELD_OR_TYPE)/);
  }
});

it('[ENC-12] an admin with the database, the root key and the gateway’s keys can decrypt nothing', async () => {
  const provider = business.provider();
  const own = await device(client);
  await device(provider);
  await write(client, SECRET);
  // Everything that is stored about the organization, whatever the table, opened with the service's own keyring where that can.
  const everything = await test.database.transaction(business.organizationId, async (tx) => {
    const tables = await tx.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND has_table_privilege(oid, 'SELECT')`,
    );
    const rows: string[] = [];
    for (const { name } of tables)
      rows.push(
        ...(await tx.query<{ row: string }>(`SELECT t::text AS row FROM ${name} AS t`)).map(({ row }) => row),
      );
    return rows.join('\n');
  });
  expect(everything).toContain(own.kid);
  expect(everything).not.toContain('not told anybody');
  expect(everything).not.toContain(base64url.encode(SECRET).slice(0, 30));
  // No private half lies anywhere, and no column could hold one.
  const { d } = await exportJWK(own.privateKey);
  expect(everything).not.toContain(d);
  const columns = await test.database.infrastructure('test', (tx) =>
    tx.query(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'note_key' AND column_name ~ 'priv|secret|^d$'`,
    ),
  );
  expect(columns).toEqual([]);
  // The admin makes keys of their own, and uses those of the service: none opens it.
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ jwe: GeneralJWE }>('SELECT jwe FROM sealed_note WHERE booking_id = $1', [bookingId]),
  );
  const jwe = JSON.stringify(row?.jwe);
  const admin = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519' });
  await expect(open(jwe, admin)).rejects.toThrow();
  const place = {
    subjectId: client.accountId ?? '',
    fieldClass: 'sensitive',
    table: 'sealed_note',
    column: 'jwe',
    rowId: bookingId,
  } as const;
  const opening = test.database.transaction(business.organizationId, (tx) =>
    test.scheduling.keyring.open(tx, place, Buffer.from(row?.jwe.ciphertext ?? '', 'base64url')),
  );
  await expect(opening).rejects.toThrow();
  // Nor does anything leave in events.
  expect(JSON.stringify(await eventsIn(test.database, business.organizationId))).not.toMatch(
    /not told|ciphertext/,
  );
  // What an admin changes is noticed by whoever opens it: another booking's or an older version's note is told by its header.
  await expect(
    open(
      jwe.replace(/(?<="ciphertext":")./, (first) => (first === 'A' ? 'B' : 'A')),
      own,
    ),
  ).rejects.toThrow();
});

it('[ENC-12] a reassigned booking drops the old provider; a member wraps it anew, and the old key opens it no more', async () => {
  const provider = business.provider();
  const [telephone, old] = [await device(client), await device(provider)];
  await device(client);
  await write(client, SECRET);
  const replacement: Caller = { ...business.staff('PROVIDER'), accountId: randomUUID() };
  await test.database.transaction(business.organizationId, async (tx) => {
    await addProvider(tx, { id: replacement.accountId ?? '', timeZone: 'Europe/London' });
    await tx.query('UPDATE booking SET provider_id = $2, version = version + 1 WHERE id = $1', [
      bookingId,
      replacement.accountId,
    ]);
  });
  // Gone at once for the old one, by whatever way it went to another: not even the envelope.
  expect((await look(provider)).note).toBeNull();
  const { note } = await look(client);
  expect(note).toMatchObject({ needsRewrap: true, version: 1 });
  await expect(open(note?.jwe ?? '', old)).rejects.toThrow();
  // The new one has no device yet: nothing can be wrapped for them, and the client is told so.
  expect(await write(client, SECRET)).toMatchObject({
    __typename: 'NoteRecipientsDiffer',
    missing: 'PROVIDER',
  });
  const fresh = await device(replacement);
  await expect(open((await look(replacement)).note?.jwe ?? '', fresh)).rejects.toThrow();
  expect(await write(client, await open(note?.jwe ?? '', telephone))).toMatchObject({
    note: { version: 2, needsRewrap: false },
  });
  const rewrapped = (await look(replacement)).note?.jwe ?? '';
  expect(await open(rewrapped, fresh)).toBe(SECRET);
  await expect(open(rewrapped, old)).rejects.toThrow();
  const late = await wrap('mine', { version: 3, recipients: [telephone, fresh] });
  expect(await put(provider, late, 2).catch(String)).toMatch(/NOT_FOUND/);
});

it('[ENC-12] a device that is taken out is no recipient any more, and its key never comes back', async () => {
  const [telephone, stolen] = [await device(client), await device(client)];
  await device(business.provider());
  await write(client, SECRET);
  const revoke = { query: REVOKE, input: { keyId: stolen.id } };
  // Not by somebody else.
  await expect(mutate(test, business.provider(), revoke)).rejects.toThrow(/NOT_FOUND/);
  await mutate(test, client, revoke);
  const { note, recipients } = await look(client);
  expect(recipients.map(({ kid }) => kid)).not.toContain(stolen.kid);
  expect(note?.needsRewrap).toBe(true);
  await expect(open(note?.jwe ?? '', stolen)).rejects.toThrow();
  expect(await open(note?.jwe ?? '', telephone)).toBe(SECRET);
  await expect(register(client, await exportJWK(stolen.publicKey))).rejects.toThrow(/registered before/);
  await expect(register(business.provider(), await exportJWK(telephone.publicKey))).rejects.toThrow(
    /registered before/,
  );
});

it('[ENC-12] takes a note in exactly one form, for exactly the members’ devices, of this booking and its next version', async () => {
  await device(client);
  await device(business.provider());
  const { recipients } = await look(client);
  const good = await wrap('x', { version: 1, recipients });
  const stranger = await exportJWK((await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519' })).publicKey);
  const eve = { kid: await calculateJwkThumbprint(stranger), x: stranger.x ?? '', member: 'CLIENT' };
  for (const wrongly of [
    recipients.slice(0, 1),
    [...recipients, eve],
    [recipients[0] ?? eve, recipients[0] ?? eve],
    [eve, eve],
  ])
    await expect(put(client, await wrap('x', { version: 1, recipients: wrongly }), 0))
      .resolves.not.toMatchObject({
        __typename: 'SealedNoteKept',
      })
      .catch((error: unknown) => expect(String(error)).toMatch(/BAD_INPUT/));
  const [first, second] = good.recipients;
  for (const bad of [
    '{',
    'null',
    '[]',
    JSON.stringify({ ...good, aad: 'QQ' }),
    JSON.stringify({ ...good, unprotected: { jku: 'https://evil.example' } }),
    JSON.stringify({ ...good, iv: 'AAAA' }),
    JSON.stringify({ ...good, tag: good.tag + '=' }),
    JSON.stringify({ ...good, recipients: [{ ...first, header: { ...first?.header, alg: 'dir' } }, second] }),
    JSON.stringify({
      ...good,
      recipients: [{ ...first, header: { ...first?.header, alg: 'ECDH-ES+A128KW' } }, second],
    }),
    JSON.stringify({ ...good, recipients: [{ ...first, encrypted_key: 'AAAA' }, second] }),
    JSON.stringify(await wrap('x', { version: 2, recipients })),
    JSON.stringify(await wrap('x', { version: 1, recipients }, { 'kept-booking': randomUUID() })),
    JSON.stringify(await wrap('x', { version: 1, recipients }, { enc: 'A128CBC-HS256' })),
    JSON.stringify(await wrap('x', { version: 1, recipients }, { typ: 'other' })),
    JSON.stringify(await wrap('x'.repeat(60_000), { version: 1, recipients })),
    `{"protected":"${'A'.repeat(70_000)}"}`,
  ])
    await expect(put(client, bad, 0)).rejects.toThrow(/BAD_INPUT/);
  expect(await put(client, good, 0)).toMatchObject({ __typename: 'SealedNoteKept' });
  expect(await put(client, good, 0)).toMatchObject({ __typename: 'VersionConflict', currentVersion: 1 });
});

it('[ENC-12] takes public X25519 keys and nothing else, ten of one person, also when they come at once', async () => {
  const { x } = await exportJWK((await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519' })).publicKey);
  const smallOrder = ['00', '01', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'].map(
    (hex) => Buffer.from(hex.padEnd(64, '0'), 'hex').toString('base64url'),
  );
  for (const jwk of [
    { kty: 'EC', crv: 'P-256', x },
    { kty: 'OKP', crv: 'Ed25519', x },
    { kty: 'OKP', crv: 'X25519', x: 'AAAA' },
    { kty: 'OKP', crv: 'X25519', x: `${x}=` },
    ...smallOrder.map((point) => ({ kty: 'OKP', crv: 'X25519', x: point })),
  ] as JWK[])
    await expect(register(client, jwk)).rejects.toThrow(/BAD_INPUT/);
  const answers = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const { publicKey } = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519' });
      return (await register(client, await exportJWK(publicKey))).__typename;
    }),
  );
  expect(answers.filter((name) => name === 'NoteKeyRegistered')).toHaveLength(10);
  expect(answers.filter((name) => name === 'LimitReached')).toHaveLength(2);
});

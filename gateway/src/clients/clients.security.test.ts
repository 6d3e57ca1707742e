// An app that is known to be unsafe must stop working, an app that must prove itself cannot be imitated by a script, and
// no app may say that it asks for a reason which is not its own.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Audience } from '@kept/access-policy';
import { Fault, openLog } from '@kept/subgraph-kit';
import { fixedClock } from '@kept/testing';
import { SignJWT } from 'jose';
import { jwtAttestation } from './attestation.ts';
import { openClients, openClientsOf, readRegistryFile } from './open-clients.ts';
import { purposesOfRequest } from './purposes-of-request.ts';
import { readRegistry } from './registry.ts';

const log = openLog({ service: 'test', level: 'silent' });
const clock = fixedClock('2030-01-01T00:00:00Z');
const CLIENT: readonly Audience[] = ['PUBLIC', 'SIGNED_IN', 'CLIENT'];
const BILLING: readonly Audience[] = ['PUBLIC', 'SIGNED_IN', 'BILLING'];
const mobile = {
  id: 'clinic-mobile',
  kind: 'mobile',
  minimumVersion: '2.4.0',
  storeUrl: 'https://apps.example/clinic',
  purposes: {
    default: ['BOOKING_SERVICE'],
    allowed: ['BOOKING_SERVICE', 'MARKETING_NEWS'],
    perAudience: { BILLING: { default: ['PAYMENT'] } },
  },
};
const open = (...clients: object[]) =>
  openClients({ apps: readRegistry({ clients }), verifyAttestation: () => Promise.resolve('refused'), log });
const refusalOf = async (work: () => unknown): Promise<Fault> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

describe('an app', () => {
  it.each(['2.3.9', '1.99.0', '2.4.0-beta.1', '0.0.1'])(
    '[MOB-02] of version %s, before the minimum, is told to update, from which version and where',
    async (version) => {
      const headers = { 'kept-client': 'clinic-mobile', 'kept-client-version': version };
      expect(await refusalOf(() => open(mobile).admit(headers))).toMatchObject({
        code: 'UPGRADE_REQUIRED',
        message: 'Version 2.4.0 of this app is needed. Please update it.',
        extensions: { minimumVersion: '2.4.0', storeUrl: 'https://apps.example/clinic' },
      });
    },
  );

  it.each(['2.4.0', '2.4.1', '2.10.0', '3.0.0-beta.1', 'v2.4.0'])(
    '[MOB-02] of version %s, not before the minimum, is admitted',
    async (version) => {
      const headers = { 'kept-client': 'clinic-mobile', 'kept-client-version': version };
      expect(await open(mobile).admit(headers)).toMatchObject({ id: 'clinic-mobile', kind: 'mobile' });
    },
  );

  it('[MOB-02] cannot pass by keeping its version to itself', async () => {
    const fault = await refusalOf(() => open(mobile).admit({ 'kept-client': 'clinic-mobile' }));
    expect([fault.code, fault.field]).toEqual(['BAD_INPUT', 'kept-client-version']);
  });

  it('[MOB-02] says the sentence of the registry, where there is one', async () => {
    const headers = { 'kept-client': 'clinic-mobile', 'kept-client-version': '1.0.0' };
    const own = { ...mobile, message: 'Please update: 2.4 repairs the lock screen.' };
    expect((await refusalOf(() => open(own).admit(headers))).message).toBe(own.message);
  });

  it.each([
    ['kept-client', 'Clinic Mobile'],
    ['kept-client', 'clinic-mobile, clinic-mobile'],
    ['kept-client', ''],
    ['kept-client', 'x'.repeat(65)],
    ['kept-client', '__proto__'],
    ['kept-client-version', '9.9'],
    ['kept-client-version', '9.9.0, 9.9.0'],
    ['kept-client-version', `2.4.0-${'x'.repeat(100)}`],
    ['kept-client-version', ''],
  ])('with the header %s: %s is told which header is wrong', async (header, value) => {
    for (const clients of [open(mobile), openClientsOf({}, { clock, log })]) {
      const fault = await refusalOf(() => clients.admit({ [header]: value }));
      expect([fault.code, fault.field]).toEqual(['BAD_INPUT', header]);
      expect(fault.message).not.toContain(value || 'nothing to find');
    }
  });

  it('[LAW-01] that the registry does not know has no purpose, and one that says nothing neither', async () => {
    for (const headers of [{}, { 'kept-client': 'stranger' }, { 'kept-client': 'constructor' }]) {
      const client = await open(mobile).admit(headers);
      expect(client.purposesFor(CLIENT)).toEqual({ usual: [], allowed: [] });
      for (const header of [undefined, 'BOOKING_SERVICE'])
        expect(
          purposesOfRequest({ client, audiences: CLIENT, header, trusted: null, operationName: null }),
        ).toEqual([]);
    }
  });

  it('without any registry has what its caller’s roles need', async () => {
    const client = await openClientsOf({}, { clock, log }).admit({});
    expect(client.purposesFor(BILLING).usual).toContain('PAYMENT');
    expect(client.purposesFor(CLIENT).usual).toEqual(
      expect.arrayContaining(['BOOKING_SERVICE', 'ACCOUNT_SECURITY']),
    );
  });
});

describe('[LAW-01] the purpose of an operation', () => {
  const headers = { 'kept-client': 'clinic-mobile', 'kept-client-version': '2.4.0' };
  const purposes = async (more: {
    header?: string;
    audiences?: readonly Audience[];
    manifest?: readonly ('PAYMENT' | 'MARKETING_NEWS')[];
  }) => {
    const { header, audiences = CLIENT, manifest } = more;
    return purposesOfRequest({
      client: await open(mobile).admit(headers),
      audiences,
      header,
      trusted: { text: '', purposesOf: () => manifest },
      operationName: 'Dashboard',
    });
  };

  it('is what the request says, else what the manifest says, else the app’s usual one', async () => {
    expect(await purposes({ header: 'MARKETING_NEWS', manifest: ['PAYMENT'] })).toEqual(['MARKETING_NEWS']);
    expect(await purposes({ manifest: ['MARKETING_NEWS'] })).toEqual(['MARKETING_NEWS']);
    expect(await purposes({})).toEqual(['BOOKING_SERVICE']);
    expect(await purposes({ header: 'MARKETING_NEWS, BOOKING_SERVICE' })).toEqual([
      'BOOKING_SERVICE',
      'MARKETING_NEWS',
    ]);
  });

  it('is never one that the app may not have: said aloud it is refused, in a manifest it is left out', async () => {
    expect((await refusalOf(() => purposes({ header: 'PAYMENT' }))).code).toBe('PURPOSE_VIOLATION');
    expect(await purposes({ manifest: ['PAYMENT'] })).toEqual([]);
    expect(await purposes({ manifest: ['PAYMENT'], audiences: BILLING })).toEqual(['PAYMENT']);
    expect(await purposes({ audiences: BILLING })).toEqual(['BOOKING_SERVICE', 'PAYMENT']);
  });

  it('is one of the words there are, or the header is refused', async () => {
    for (const header of ['', 'FUN', 'booking_service', 'BOOKING_SERVICE,FUN', 'PAYMENT,'.repeat(9)])
      expect((await refusalOf(() => purposes({ header }))).code).toBe('BAD_INPUT');
  });
});

describe('attestation', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const others = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rule = {
    required: true,
    jwksFile: 'keys.json',
    issuer: 'https://attest.example',
    audience: 'clinic',
    subject: 'app-1',
  };
  const headers = (token?: string) => ({
    'kept-client': 'clinic-mobile',
    'kept-client-version': '2.4.0',
    ...(token !== undefined && { 'kept-attestation': token }),
  });
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kept-clients-'));
    const key = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
    await writeFile(join(directory, 'keys.json'), JSON.stringify({ keys: [key] }));
  });
  afterAll(() => rm(directory, { recursive: true }));
  const start = async (change: object = {}) => {
    const file = join(directory, 'clients.json');
    const client = { ...mobile, attestation: { ...rule, ...change } };
    await writeFile(file, JSON.stringify({ clients: [client] }));
    return openClientsOf({ KEPT_CLIENTS_FILE: file }, { clock, log });
  };
  const seconds = () => Math.floor(clock().getTime() / 1000);
  const token = (claims: object = {}, { key = keys.privateKey, alg = 'ES256' } = {}) =>
    new SignJWT({
      iss: rule.issuer,
      aud: rule.audience,
      sub: rule.subject,
      iat: seconds(),
      exp: seconds() + 600,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: 'one' })
      .sign(key);

  it('[MOB-02] admits the app whose token its issuer signed', async () => {
    const clients = await start();
    expect(await clients.admit(headers(await token()))).toMatchObject({ id: 'clinic-mobile' });
  });

  it('[MOB-02] refuses no token, another’s, an old one, and one for something else', async () => {
    const clients = await start();
    const unsigned = `${btoa('{"alg":"none"}')}.${(await token()).split('.')[1] ?? ''}.`;
    const bad: (string | undefined)[] = [
      undefined,
      '',
      'x.y.z',
      unsigned,
      'x'.repeat(5_000),
      await token({}, { key: others.privateKey }),
      await token({ iss: 'https://other.example' }),
      await token({ aud: 'other' }),
      await token({ sub: 'app-2' }),
      await token({ exp: seconds() - 1 }),
      await token({ iat: seconds() - 7_200, exp: seconds() + 600 }),
      await token({ exp: undefined }),
    ];
    for (const given of bad)
      expect((await refusalOf(() => clients.admit(headers(given)))).code).toBe('ATTESTATION_REQUIRED');
  });

  it('[MOB-02] remembers a token that passed no longer than it is valid, and for this app alone', async () => {
    const file = join(directory, 'clients.json');
    const second = { ...mobile, id: 'other-app', attestation: { ...rule, subject: 'app-2' } };
    await writeFile(file, JSON.stringify({ clients: [{ ...mobile, attestation: rule }, second] }));
    const clients = openClientsOf({ KEPT_CLIENTS_FILE: file }, { clock, log });
    const given = await token({ exp: seconds() + 5 });
    await clients.admit(headers(given));
    await clients.admit(headers(given));
    const asOther = { ...headers(given), 'kept-client': 'other-app' };
    expect((await refusalOf(() => clients.admit(asOther))).code).toBe('ATTESTATION_REQUIRED');
    clock.advance(6_000);
    expect((await refusalOf(() => clients.admit(headers(given)))).code).toBe('ATTESTATION_REQUIRED');
  });

  it('is off unless the registry requires it: then whatever is sent is admitted', async () => {
    for (const clients of [await start({ required: false }), open(mobile)])
      for (const given of [undefined, 'x.y.z'])
        expect(await clients.admit(headers(given))).toMatchObject({ id: 'clinic-mobile' });
  });

  it('[MOB-02] asks whatever hook an installation gives it', async () => {
    const asked: string[] = [];
    const clients = openClients({
      apps: readRegistry({ clients: [{ ...mobile, attestation: rule }] }),
      verifyAttestation: (given, app) => {
        asked.push(`${app.id} ${given}`);
        return Promise.resolve(given === 'good' ? 'ok' : 'refused');
      },
      log,
    });
    expect(await clients.admit(headers('good'))).toMatchObject({ id: 'clinic-mobile' });
    expect((await refusalOf(() => clients.admit(headers('bad')))).code).toBe('ATTESTATION_REQUIRED');
    expect(asked).toEqual(['clinic-mobile good', 'clinic-mobile bad']);
  });

  it('does not begin without the keys that it is told to check with', async () => {
    await expect(start({ jwksFile: 'missing.json' })).rejects.toThrow(/keys of an app's attestation/);
    expect(() => jwtAttestation({ apps: new Map(), clock })).not.toThrow();
  });
});

describe('the registry', () => {
  it('names every problem at once, with its place', () => {
    const broken = {
      clients: [
        { ...mobile, minimumVersion: 'two', storeUrl: 'http://apps.example', color: 'red' },
        { ...mobile, kind: 'fridge', purposes: { default: ['FUN'] } },
      ],
    };
    expect(() => readRegistry(broken)).toThrow(
      /clients\.0\.minimumVersion[^]*clients\.0\.storeUrl[^]*color[^]*clients\.1\.kind[^]*clients\.1\.purposes/,
    );
    expect(() => readRegistry({ clients: [mobile, mobile] })).toThrow(
      /clients\.1\.id: "clinic-mobile" is there twice/,
    );
    expect(() =>
      readRegistry({
        clients: [{ ...mobile, purposes: { default: ['PAYMENT'], allowed: ['BOOKING_SERVICE'] } }],
      }),
    ).toThrow(/clients\.0\.purposes: PAYMENT is a default and not allowed/);
    expect(() => readRegistry({ clients: [] })).toThrow(/clients/);
    expect(() => readRegistryFile('/nowhere/clients.json')).toThrow(/ENOENT/);
  });
});

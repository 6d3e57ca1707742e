// What it keeps closed: names, notes and tokens read off the wire between a person and the gateway, between the gateway
// and a service, or between a service and its database. Bytes that are not TLS get no answer that tells anything.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect as connectPlainly } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { machineCertificate, type MachineCertificate } from '@kept/local-stack/certificate';
import { eventually } from '@kept/testing';
import { z } from 'zod';
import { json, listen } from './http-server.ts';
import { openLog } from './log.ts';
import { checkEncryption, createListener, isEncrypted, tlsSettings } from './tls.ts';

const directory = mkdtempSync(join(tmpdir(), 'kept-tls-'));
const log = openLog({ service: 'test', level: 'silent' });
let files: MachineCertificate;
let server: { url: string; stop(): Promise<void> };

beforeAll(async () => {
  files = await machineCertificate(directory, new Date());
  const hello = { method: 'GET' as const, path: '/hello', handle: () => json(200, { secret: 'Anna' }) };
  server = await listen({ host: '127.0.0.1', port: 0, routes: [hello], log, tls: files });
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const portOf = (url: string) => Number(new URL(url).port);
const protocolWith = (options: { maxVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' }) =>
  new Promise<string>((resolve) => {
    const ca = readFileSync(files.certificateFile);
    // A client that would speak anything; only the server insists.
    const socket = connect({
      port: portOf(server.url),
      host: '127.0.0.1',
      ca,
      minVersion: 'TLSv1',
      ...options,
    });
    socket.once('secureConnect', () => resolve(`${socket.getProtocol()}`) ?? socket.destroy());
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(`refused: ${error.code}`));
  });

it('[ENC-01] speaks TLS 1.2 and 1.3, and nothing older', async () => {
  expect(server.url).toMatch(/^https:/);
  expect(await protocolWith({ maxVersion: 'TLSv1.3' })).toBe('TLSv1.3');
  expect(await protocolWith({ maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
  expect(await protocolWith({ maxVersion: 'TLSv1.1' })).toMatch(/^refused/);
});

it('[ENC-01] answers an unencrypted request with nothing', async () => {
  const heard = await new Promise<string>((resolve) => {
    const socket = connectPlainly(portOf(server.url), '127.0.0.1', () => {
      socket.write('GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n');
    });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
  expect(heard).not.toMatch(/Anna|HTTP\/1\.1 200/);
});

it('takes up a renewed certificate without a restart, and keeps the old one when the new one is broken', async () => {
  const own = mkdtempSync(join(tmpdir(), 'kept-tls-'));
  const before = await machineCertificate(own, new Date());
  let complaints = 0;
  const hearing = Object.assign(Object.create(log) as typeof log, { error: () => void complaints++ });
  const listener = createListener({ tls: before, log: hearing, lookEveryMs: 20 }, (_request, response) =>
    response.end(),
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.once('error', reject);
    });
  const first = await serial();
  writeFileSync(before.certificateFile, 'half written');
  await eventually(() => complaints > 0);
  expect(await serial()).toBe(first);
  rmSync(before.certificateFile);
  await machineCertificate(own, new Date());
  await eventually(async () => (await serial()) !== first);
  await new Promise((resolve) => listener.close(resolve));
  rmSync(own, { recursive: true });
});

it('is believed by whoever has its authority, and by nobody else', async () => {
  const status = (ca?: Buffer) =>
    new Promise<string>((resolve) => {
      get(`${server.url}/hello`, { ...(ca && { ca }), agent: false }, (response) => {
        response.resume();
        resolve(String(response.statusCode));
      }).on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    });
  expect(await status(readFileSync(files.certificateFile))).toBe('200');
  expect(await status()).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
});

it.each([
  ['postgresql://a:b@127.0.0.1:5432/c', true],
  ['postgresql://a:b@database.example/c?sslmode=verify-full', true],
  ['postgresql://a:b@database.example/c', false],
  ['postgresql://a:b@database.example/c?sslmode=require', false],
  ['postgresql://a:b@database.example/c?sslmode=disable', false],
  ['redis://localhost', true],
  ['redis://cache.example', false],
  ['rediss://cache.example', true],
  ['redis+sentinel://127.0.0.1,cache.example/main', false],
  ['rediss+cluster://one.example,two.example', true],
  ['http://identity.internal:4101/graphql', false],
  ['https://identity.internal:4101/graphql', true],
  ['http://127.0.0.1.evil.example/', false],
  ['http://[::1]:4101/graphql', true],
  ['smtp://mail.example:587', false],
  ['smtp://mail.example:587?requireTLS=true', true],
  ['smtps://mail.example', true],
  ['nonsense', false],
])('[ENC-01] %s: encrypted or on this machine: %s', (address, encrypted) => {
  expect(isEncrypted(address)).toBe(encrypted);
});

describe('in production', () => {
  const shape = z
    .object({ NODE_ENV: z.string(), KEPT_HOST: z.string(), REDIS_URL: z.string().optional(), ...tlsSettings })
    .superRefine((settings, context) => checkEncryption(settings, ['REDIS_URL'], context));
  const refusedFor = (settings: Record<string, string>) =>
    shape
      .safeParse({ NODE_ENV: 'production', KEPT_HOST: '127.0.0.1', ...settings })
      .error?.issues.map(({ path }) => path.join());
  const tls = () => ({ KEPT_TLS_CERTIFICATE_FILE: files.certificateFile, KEPT_TLS_KEY_FILE: files.keyFile });

  it('[ENC-01] a process that other machines reach refuses to start without a certificate', () => {
    expect(refusedFor({})).toBeUndefined();
    expect(refusedFor({ KEPT_HOST: '0.0.0.0' })).toEqual(['KEPT_TLS_CERTIFICATE_FILE']);
    expect(refusedFor({ KEPT_HOST: '0.0.0.0', ...tls() })).toBeUndefined();
    expect(refusedFor({ KEPT_HOST: '0.0.0.0', NODE_ENV: 'development' })).toBeUndefined();
  });

  it('[ENC-01] and so does one that would reach another machine unencrypted', () => {
    expect(refusedFor({ REDIS_URL: 'redis://cache.example' })).toEqual(['REDIS_URL']);
    expect(
      refusedFor({ REDIS_URL: 'redis://cache.example', KEPT_UNENCRYPTED_NETWORK: 'accepted' }),
    ).toBeUndefined();
    expect(refusedFor({ KEPT_UNENCRYPTED_NETWORK: 'yes' })).toEqual(['KEPT_UNENCRYPTED_NETWORK']);
  });

  it('says which half of a pair is missing, and that a file cannot be used, without quoting it', () => {
    expect(refusedFor({ KEPT_TLS_KEY_FILE: files.keyFile })).toEqual(['KEPT_TLS_CERTIFICATE_FILE']);
    expect(refusedFor({ ...tls(), KEPT_TLS_KEY_FILE: files.certificateFile })).toEqual([
      'KEPT_TLS_CERTIFICATE_FILE',
    ]);
    expect(refusedFor({ ...tls(), KEPT_TLS_KEY_FILE: '/nowhere' })).toEqual(['KEPT_TLS_CERTIFICATE_FILE']);
  });
});

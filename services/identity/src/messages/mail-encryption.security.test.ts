// The hole: nodemailer is content with an unencrypted connection, or with anybody's certificate, unless it is told not to be;
// and a mail server that somebody in between speaks for would read every appointment.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineCertificate } from '@kept/local-stack';
import { createTransport } from 'nodemailer';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { isPermanent, openMailer } from './open-mailer.ts';
import { mustEncryptMail, problemOfMailAddress, smtpTransport } from './smtp-transport.ts';

const stops: (() => Promise<void>)[] = [];
let certificate: { cert: Buffer; key: Buffer };
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kept-mail-tls-'));
  const files = await machineCertificate(directory, new Date());
  certificate = { cert: await readFile(files.certificateFile), key: await readFile(files.keyFile) };
  await rm(directory, { recursive: true });
});
afterAll(async () => {
  for (const stop of stops) await stop();
});

/** A real mail server that notes what it was sent. */
async function mailServer(options: SMTPServerOptions) {
  const received: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push(Buffer.concat(chunks).toString());
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  stops.push(() => new Promise((resolve) => server.close(resolve)));
  return { received, port: (server.server.address() as AddressInfo).port };
}

const letter = {
  id: 'a-mail',
  address: 'ada@example.org',
  subject: 'Your appointment is confirmed',
  text: 'Monday',
  html: '<p>Monday</p>',
  attachment: null,
  requestId: null,
};
// Not for good: whoever stands in between for an hour must not be able to lose a mail.
const refusal = { permanent: false, code: expect.stringMatching(/^E(TLS|SOCKET|CONNECTION)$/) };

async function send(url: string): Promise<unknown> {
  const mailer = openMailer({ url, from: 'Kept <no-reply@kept.example>', encrypted: true });
  try {
    await mailer.send(letter);
    return 'taken';
  } catch (error) {
    return { code: (error as { code?: string }).code, permanent: isPermanent(error) };
  } finally {
    mailer.close();
  }
}

it('[EDU-06] a mail server that offers no TLS gets no mail, whatever its address says', async () => {
  const { received, port } = await mailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  for (const parameters of [
    '?requireTLS=true',
    '',
    '?ignoreTLS=true',
    '?opportunisticTLS=true&requireTLS=false',
  ])
    expect(await send(`smtp://localhost:${port}${parameters}`)).toMatchObject(refusal);
  expect(await send(`smtps://localhost:${port}`)).toMatchObject(refusal);
  expect(received).toEqual([]);
});

it('[EDU-06] a mail server whose certificate nobody vouches for gets no mail, by STARTTLS or TLS', async () => {
  const byCommand = await mailServer({ ...certificate });
  const atOnce = await mailServer({ ...certificate, secure: true });
  for (const parameters of ['', '?tls.rejectUnauthorized=false']) {
    expect(await send(`smtp://localhost:${byCommand.port}${parameters}`)).toMatchObject(refusal);
    expect(await send(`smtps://localhost:${atOnce.port}${parameters}`)).toMatchObject(refusal);
  }
  expect([...byCommand.received, ...atOnce.received]).toEqual([]);
  // The same server, for whoever trusts its authority: it was the certificate that was refused. Not under another name.
  const options = smtpTransport(`smtp://localhost:${byCommand.port}`, { encrypted: true });
  for (const [servername, taken] of [
    ['localhost', 1],
    ['mail.example', 1],
  ] as const) {
    const transport = createTransport({
      ...options,
      tls: { ...options.tls, ca: certificate.cert, servername },
    });
    await transport.sendMail({ from: 'a@kept.example', to: 'ada@example.org' }).catch(() => undefined);
    transport.close();
    expect(byCommand.received).toHaveLength(taken);
  }
});

it.each([
  ['smtp://127.0.0.1:25', undefined, false],
  ['smtp://localhost:25', undefined, false],
  ['smtp://mail.example', undefined, true],
  ['smtp://mail.example', 'accepted', true],
  ['smtp://10.0.0.5', 'accepted', true],
  ['smtp://[fd00::5]', 'accepted', true],
  ['smtp://mailpit:1025', 'accepted', false],
  ['smtp://mailpit:1025', undefined, true],
  ['smtp://127.0.0.1.evil.example', undefined, true],
])('[EDU-06] in production, %s with the network %s: encrypted is %s', (SMTP_URL, network, expected) => {
  const settings = { SMTP_URL, KEPT_UNENCRYPTED_NETWORK: network };
  expect(mustEncryptMail({ ...settings, NODE_ENV: 'production' })).toBe(expected);
  expect(mustEncryptMail({ ...settings, NODE_ENV: 'development' })).toBe(false);
});

it('[EDU-06] says at the start that an address would send mails in the clear', () => {
  for (const url of ['smtps://mail.example', 'smtp://mail.example?requireTLS=true'])
    expect(problemOfMailAddress(url)).toBeUndefined();
  for (const url of [
    'smtp://mail.example',
    'smtp://mail.example?requireTLS=false',
    'smtp://mail.example?requireTLS=true&requireTLS=false',
    'smtps://mail.example?tls.rejectUnauthorized=false',
  ])
    expect(problemOfMailAddress(url)).toMatch(/in the clear/);
});

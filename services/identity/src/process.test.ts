// The service as its launcher runs it: the seed twice, then the process with its queues, until it is told to stop.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailSink, type MailSink } from '@kept/local-stack';
import {
  callerOf,
  eventually,
  requestSubgraph,
  testPassportKey,
  throwAwayDatabase,
  type ThrowAwayDatabase,
} from '@kept/testing';
import { identityEntities, identityMigrations } from './database.ts';
import { STEP } from './test-identity.ts';

const organizationId = '11111111-1111-4111-8111-111111111111';
const manager = {
  id: 'a0000000-0000-4000-8000-000000000004',
  organizationId,
  kind: 'STAFF',
  roles: ['MANAGER'],
  displayName: 'Mara Okafor',
  email: 'manager@riverside.example',
  password: 'Any-Demo-Password-1',
  totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
};
const organization = {
  id: organizationId,
  name: 'Riverside Practice',
  timeZone: 'Europe/London',
  currency: 'GBP',
};

let databases: ThrowAwayDatabase;
let sink: MailSink;
let directory: string;
let environment: Record<string, string>;
const children = new Set<ChildProcess>();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts one of the service's programs from source, and collects what it says. */
function run(program: 'main' | 'seed') {
  const path = join(import.meta.dirname, `${program}.ts`);
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', path], {
    env: environment,
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, ended, output: () => output };
}

beforeAll(async () => {
  databases = await throwAwayDatabase({
    service: 'identity',
    migrations: identityMigrations,
    entities: identityEntities,
  });
  directory = await mkdtemp(join(tmpdir(), 'kept-identity-process-'));
  sink = await startMailSink({
    host: '127.0.0.1',
    smtpPort: 0,
    pagePort: 0,
    directory: join(directory, 'mail'),
  });
  const accounts = join(directory, 'accounts.json');
  await writeFile(accounts, JSON.stringify({ organizations: [organization], accounts: [manager] }));
  const privateKey = () =>
    generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  const trusted = Object.fromEntries(
    ['identity', 'scheduling', 'payments', 'compliance'].map((service) => [
      service,
      generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    ]),
  );
  const { id, secret } = testPassportKey('identity');
  environment = {
    PATH: process.env['PATH'] ?? '',
    // tsx reads decorators as we mean them only with these options (packages/local-stack does the same).
    TSX_TSCONFIG_PATH: join(import.meta.dirname, '../../../scripts/tsconfig.tsx.json'),
    NODE_ENV: 'test',
    KEPT_PORT: String(await freePort()),
    DATABASE_URL: databases.appUrl,
    QUEUE_DATABASE_URL: databases.queueUrl,
    KEPT_PASSPORT_KEYS: `${id}:${secret.toString('base64')}`,
    KEPT_SIGNING_KEY: privateKey(),
    KEPT_TRUSTED_KEYS: JSON.stringify(trusted),
    KEPT_ROOT_KEY: randomBytes(32).toString('base64'),
    KEPT_TOKEN_KEY: privateKey(),
    KEPT_TOKEN_ISSUER: 'https://kept.example',
    KEPT_PASSWORD_PEPPER: randomBytes(32).toString('base64'),
    SMTP_URL: sink.smtpUrl,
    MAIL_FROM: 'Kept <no-reply@kept.example>',
    KEPT_PUBLIC_URL: 'https://book.example',
    KEPT_DEMO_ACCOUNTS: accounts,
    KEPT_SWEEP_SECONDS: '1',
  };
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await sink.stop();
  await databases.drop();
  await rm(directory, { recursive: true, force: true });
});

it('seeds the demo once, however often it is run, and tells the other services', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    const seed = run('seed');
    expect([await seed.ended, seed.output()]).toEqual([
      0,
      expect.stringContaining('demo accounts are there'),
    ]);
  }
  const events = await databases.database.infrastructure('test', (tx) =>
    tx.query<{ name: string; payload: unknown }>('SELECT name, payload FROM outbox ORDER BY occurred_at'),
  );
  expect(events).toEqual([
    {
      name: 'organization.created',
      payload: { name: 'Riverside Practice', timeZone: 'Europe/London', currency: 'GBP' },
    },
    { name: 'staff.joined', payload: { staffMemberId: manager.id, roles: ['MANAGER'] } },
  ]);
});

it('serves, sends mail through its queue, and stops when told to', async () => {
  const service = run('main');
  const url = `http://127.0.0.1:${environment['KEPT_PORT']}`;
  try {
    await eventually(async () => (await fetch(`${url}/health/ready`)).status === 200, { withinMs: 30_000 });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const keys = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { crv: string }[] };
    expect(keys.keys.map(({ crv }) => crv)).toEqual(['Ed25519']);

    const anonymous = callerOf({ kind: 'ANONYMOUS', organizationId });
    const ask = (query: string, input: object) =>
      requestSubgraph({ url, service: 'identity', caller: anonymous, query, variables: { input } });
    const start = await ask(
      `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${STEP} } }`,
      {
        email: manager.email,
        password: manager.password,
      },
    );
    expect(start.data).toMatchObject({ signInStart: { __typename: 'ChallengeRequired' } });

    const email = `new-${randomUUID()}@example.org`;
    await ask('mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }', {
      email,
      password: 'Tidal-Lantern-49-Orchard',
      displayName: 'Ada Example',
    });
    const mailbox = `${sink.pageUrl}/api/messages?to=${encodeURIComponent(email)}`;
    const mail = await eventually(
      async () => ((await (await fetch(mailbox)).json()) as { messages: { text: string }[] }).messages[0],
      { withinMs: 20_000 },
    );
    const code = /\b\d{8}\b/.exec(mail.text)?.[0] ?? 'none';
    expect(code).toMatch(/^\d{8}$/);
    expect(service.output()).not.toMatch(new RegExp(`${email}|${code}|Ada Example|Tidal-Lantern`));
  } finally {
    service.child.kill('SIGTERM');
  }
  expect([await service.ended, service.output()]).toEqual([0, expect.not.stringContaining('could not be')]);
});

it('finds a mail whose nudge was lost', async () => {
  const mailId = randomUUID();
  await databases.database.transaction(organizationId, (tx) =>
    tx.query(
      `INSERT INTO outgoing_mail (id, organization_id, account_id, template, requested, parameters, state, attempts, due_at, created_at)
       VALUES ($1, $2, $3, 'new-device', false, '{}', 'QUEUED', 0, now() - interval '1 minute', now())`,
      [mailId, organizationId, manager.id],
    ),
  );
  const service = run('main');
  try {
    const state = () =>
      databases.database.transaction(organizationId, async (tx) => {
        const [row] = await tx.query<{ state: string }>('SELECT state FROM outgoing_mail WHERE id = $1', [
          mailId,
        ]);
        return row?.state === 'SENT';
      });
    await eventually(state, { withinMs: 30_000 });
  } finally {
    service.child.kill('SIGTERM');
  }
  expect(await service.ended).toBe(0);
});

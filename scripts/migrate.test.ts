import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '@kept/local-stack/postgres';
import { quickFolder } from '@kept/testing';

// A server of its own: the script makes roles, and those of the test run's server belong to other suites.
let folder: string;
let server: PostgresServer;

beforeAll(async () => {
  folder = quickFolder('kept-migrate-');
  server = await startPostgres({ dataDirectory: join(folder, 'data'), durable: false });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function migrate(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; said: string }> {
  const script = ['--import', 'tsx', '--conditions=source', join(import.meta.dirname, 'migrate.ts')];
  const child = spawn(process.execPath, [...script, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, said })));
}

it('makes roles and databases, migrates them, and has nothing to do the second time', async () => {
  const service = ['--service', 'identity', '--service', 'scheduling'];
  const passwords = ['IDENTITY', 'SCHEDULING'].flatMap((name) => [
    [`${name}_OWNER_PASSWORD`, `owner of ${name}`],
    [`${name}_APP_PASSWORD`, `app of ${name}`],
  ]);
  const env = {
    DATABASE_ADMIN_URL: server.adminUrl,
    ...(Object.fromEntries(passwords) as Record<string, string>),
  };
  const first = await migrate(service, env);
  expect(first).toMatchObject({ code: 0 });
  expect(first.said).toMatch(/^identity: applied database\/0001-tenant-wall.sql, .*identity\/0001-/m);
  expect(first.said).toMatch(/^scheduling: applied database\/0001-tenant-wall.sql, .*scheduling\/0001-/m);

  const ownerUrl = new URL(server.adminUrl);
  [ownerUrl.username, ownerUrl.password] = ['kept_identity_owner', encodeURIComponent('owner of IDENTITY')];
  ownerUrl.pathname = '/kept_identity';
  const second = await migrate(['--service', 'identity'], { IDENTITY_OWNER_URL: ownerUrl.href });
  expect(second).toEqual({ code: 0, said: 'identity: nothing to do\n' });

  ownerUrl.password = 'wrong';
  const refused = await migrate(['--service', 'identity'], { IDENTITY_OWNER_URL: ownerUrl.href });
  expect(refused).toEqual({ code: 1, said: 'The database refuses the password of the address given.\n' });
});

it.each([
  [['--service', 'identity'], {}, 'Set IDENTITY_OWNER_URL (or DATABASE_ADMIN_URL) to migrate identity.\n'],
  [
    ['--service', 'typo'],
    {},
    'There is no service "typo"; there are identity, scheduling, payments, compliance.\n',
  ],
  [
    ['--service', 'identity'],
    { IDENTITY_OWNER_URL: 'postgresql://a:b@127.0.0.1:1/c' },
    'The database does not answer: is it running, and is the address right?\n',
  ],
])('answers %j with %j in one sentence', async (args, env, sentence) => {
  expect(await migrate(args, env)).toEqual({ code: 1, said: sentence });
});

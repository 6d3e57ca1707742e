import { createServer } from 'node:net';
import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type PostgresServer } from './server.ts';
import { PostgresTrouble, troubleFrom } from './trouble.ts';

let folder: string;
let dataDirectory: string;
const started: PostgresServer[] = [];

async function start(options: { port?: number; durable?: boolean } = {}): Promise<PostgresServer> {
  const server = await startPostgres({ dataDirectory, durable: false, ...options });
  started.push(server);
  return server;
}

beforeEach(async () => {
  folder = await mkdtemp(join(process.env['KEPT_TEST_FOLDER'] ?? tmpdir(), 'kept-server-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs under another account
  dataDirectory = join(folder, 'data');
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function ask(server: PostgresServer, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: server.adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function endsWith(starting: Promise<unknown>, sentence: RegExp): Promise<void> {
  const error = await starting.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(PostgresTrouble);
  expect((error as Error).message).toMatch(sentence);
  expect((error as Error).message).not.toContain('\n');
}

it('runs PostgreSQL 18 with small memory and the extensions Kept needs, and keeps its data when started again', async () => {
  const first = await start({ durable: true });
  const look = `SELECT current_setting('server_version_num')::int / 10000 AS version, current_setting('shared_buffers') AS memory,
    current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listens, current_setting('TimeZone') AS zone`;
  expect(await ask(first, look)).toEqual([
    { version: 18, memory: '3MB', fsync: 'on', listens: '127.0.0.1', zone: 'UTC' },
  ]);
  await ask(first, 'CREATE EXTENSION btree_gist');
  await ask(first, `CREATE TABLE kept AS SELECT 'still here' AS text`);
  await first.stop();
  expect(await first.ended).toMatchObject({ wanted: true });
  const second = await start();
  expect(await ask(second, 'SELECT text FROM kept')).toEqual([{ text: 'still here' }]);
});

it('starts again after it was killed, and says that it had ended unasked', async () => {
  const killed = await start({ durable: true });
  await ask(killed, `CREATE TABLE kept AS SELECT 'still here' AS text`);
  process.kill(killed.processId, 'SIGKILL');
  expect(await killed.ended).toMatchObject({ wanted: false });
  const again = await start();
  expect(await ask(again, 'SELECT text FROM kept')).toEqual([{ text: 'still here' }]);
});

it('takes over from a server whose starter is gone, and stays away from one whose starter lives', async () => {
  const orphan = await start();
  const starterFile = join(dataDirectory, 'kept-started-by.pid');
  await writeFile(starterFile, `${process.ppid}\n`);
  await endsWith(start(), /^Another Kept \(process \d+\) is using .*; stop it first/);
  expect(await ask(orphan, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);

  await writeFile(starterFile, '4194305\n'); // one above the largest process id Linux gives
  const next = await start();
  expect(next.processId).not.toBe(orphan.processId);
  await orphan.ended;
});

it('removes the postmaster.pid whose number now belongs to another program', async () => {
  const server = await start();
  await server.stop();
  await writeFile(join(dataDirectory, 'postmaster.pid'), `${process.pid}\n${dataDirectory}\n`);
  expect(await ask(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

const asRoot = process.getuid?.() === 0 ? it : it.skip;
asRoot(
  'root may keep Kept in a folder that no other account can enter, and deleting it starts over',
  async () => {
    await chmod(folder, 0o700);
    const first = await start({ durable: true });
    await ask(first, `CREATE TABLE kept AS SELECT 'still here' AS text`);
    await first.stop();
    const second = await start();
    expect(await ask(second, 'SELECT text FROM kept')).toEqual([{ text: 'still here' }]);
    await second.stop();
    const elsewhere = await realpath(dataDirectory);
    await rm(dataDirectory);
    const third = await start();
    await expect(ask(third, 'SELECT text FROM kept')).rejects.toThrow(/does not exist/);
    await third.stop();
    await rm(elsewhere, { recursive: true });
  },
);

it('says which port is taken', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const address = other.address() as { port: number };
  try {
    await endsWith(
      start({ port: address.port }),
      new RegExp(`^Port ${address.port} is taken by another program`),
    );
  } finally {
    await new Promise((done) => other.close(done));
  }
});

it('says that the data is of another version of PostgreSQL', async () => {
  await (await start()).stop();
  await writeFile(join(dataDirectory, 'PG_VERSION'), '15\n');
  await endsWith(start(), /made by another version of PostgreSQL/);
});

it.each([
  ['initdb: error: could not create directory "x": No space left on device', /^The disk is full/],
  ['FATAL:  could not write lock file "postmaster.pid": No space left on device', /^The disk is full/],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', /port of PostgreSQL is taken/],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', /not enough memory/],
  ['something new', /^PostgreSQL did not start: something new$/],
])('turns "%s" into a sentence', (output, sentence) => {
  expect(troubleFrom('PostgreSQL did not start', output).message).toMatch(sentence);
});

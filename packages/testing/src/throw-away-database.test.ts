import { databaseMigrations } from '@kept/database';
import { Client } from 'pg';
import { testOrganization } from './test-organization.ts';
import { testPostgresUrl, throwAwayDatabase } from './throw-away-database.ts';

const options = { service: 'throwaway', migrations: [databaseMigrations], entities: [] };

it('gives ten suites that start at once ten migrated databases that share nothing', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => throwAwayDatabase(options)));
  const counts: number[] = [];
  for (const [index, { database }] of all.entries()) {
    for (let n = 0; n < index; n += 1) await testOrganization(database);
    await database.ready();
  }
  for (const { database } of all) {
    const [row] = await database.infrastructure('test', (tx) =>
      tx.query<{ n: number }>('SELECT count(*)::int AS n FROM organization'),
    );
    counts.push(row?.n ?? -1);
  }
  expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await Promise.all(all.map((one) => one.drop()));
});

it('leaves nothing behind once dropped, even while somebody is connected', async () => {
  const one = await throwAwayDatabase(options);
  const guest = new Client({ connectionString: one.queueUrl });
  guest.on('error', () => undefined);
  await guest.connect();
  await guest.query('CREATE TABLE bull (id int)'); // BullMQ makes its own tables there
  await one.drop();
  const admin = new Client({ connectionString: testPostgresUrl() });
  await admin.connect();
  const names = [one.appUrl, one.queueUrl].map((url) => new URL(url).pathname.slice(1));
  expect((await admin.query('SELECT FROM pg_database WHERE datname = ANY($1)', [names])).rowCount).toBe(0);
  await admin.end();
});

it('says how to run the tests when no server was started for them', () => {
  const url = process.env['KEPT_TEST_POSTGRES_URL'];
  delete process.env['KEPT_TEST_POSTGRES_URL'];
  try {
    expect(() => testPostgresUrl()).toThrow('run them with `npm test -- path/to/some.test.ts`');
  } finally {
    process.env['KEPT_TEST_POSTGRES_URL'] = url;
  }
});

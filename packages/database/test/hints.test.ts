import { openHints, type Database } from '@kept/database';
import { eventually, throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { Client } from 'pg';

let databases: ThrowAwayDatabase;
let database: Database;
beforeAll(async () => {
  databases = await throwAwayDatabase({ service: 'notes', migrations: [], entities: [] });
  ({ database } = databases);
});
afterAll(() => databases.drop());

const FAR_OFF_MS = 60_000;
const notify = () => database.infrastructure('test', (tx) => tx.query('NOTIFY kept_test'));
const open = () => openHints({ url: databases.appUrl, channel: 'kept_test' });

/** Asks for hints until one has been heard: the connection that listens takes a moment. */
async function heard(hints: ReturnType<typeof open>): Promise<boolean> {
  let woken = false;
  const waiting = hints.wait(FAR_OFF_MS, new AbortController().signal).then(() => (woken = true));
  await eventually(async () => {
    await notify();
    return woken;
  });
  await waiting;
  return woken;
}

it('wakes whoever waits when another connection says NOTIFY', async () => {
  const hints = open();
  expect(await heard(hints)).toBe(true);
  await hints.stop();
});

it('lets nobody wait longer than they wanted, nor after they have gone, nor after the stop', async () => {
  const hints = open();
  await hints.wait(1, new AbortController().signal);
  await hints.wait(FAR_OFF_MS, AbortSignal.abort());
  const leaving = new AbortController();
  const left = hints.wait(FAR_OFF_MS, leaving.signal);
  leaving.abort();
  await left;
  const waiting = hints.wait(FAR_OFF_MS, new AbortController().signal);
  await hints.stop();
  await waiting;
});

it('goes on with waiting alone when its connection is cut or cannot be made', async () => {
  const hints = open();
  await heard(hints);
  const admin = new Client({ connectionString: databases.adminUrl });
  await admin.connect();
  const cut = await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kept hints kept_test'",
  );
  await admin.end();
  expect(cut.rowCount).toBe(1);
  await hints.wait(1, new AbortController().signal);
  await hints.stop();
  const nowhere = openHints({ url: 'postgresql://nobody@127.0.0.1:9/none', channel: 'kept_test' });
  await nowhere.wait(1, new AbortController().signal);
  await nowhere.stop();
});

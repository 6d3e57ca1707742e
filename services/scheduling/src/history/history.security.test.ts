// The hole: whoever reaches the database, with the application's password or a better one, moves somebody's appointment and
// writes a history in which they did not, or in which somebody else did.
import { generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { Booking } from '../bookings/booking.ts';
import { BookingHistory } from './booking-history.ts';
import { sealEntry } from './history-entry.ts';
import { readHistory } from './read-history.ts';
import { verifyHistory } from './verify-history.ts';

let test: TestScheduling;
let admin: pg.Client;
let business: TestBusiness;
let id: string;
beforeAll(async () => {
  test = await startTestScheduling();
  admin = new pg.Client({ connectionString: test.stored.adminUrl });
  await admin.connect();
  business = await openBusiness(test);
  const client = await business.client();
  // Held, confirmed, moved, called off: versions 1 to 4.
  ({ id } = await book(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' }));
  const move = { bookingId: id, startsAt: '2027-02-03T12:00:00.000Z', expectedVersion: 2 };
  await mutate(test, client, { query: RESCHEDULE, input: move });
  await mutate(test, client, { query: CANCEL, input: { bookingId: id, expectedVersion: 3 } });
  await admin.query('CREATE TEMP TABLE saved_booking AS SELECT * FROM booking');
  await admin.query('CREATE TEMP TABLE saved_history AS SELECT * FROM booking_history');
});
afterAll(async () => {
  await admin.end();
  await test.stop();
});

/** One story, put back by the superuser after each who tampers with it. */
async function putBack(): Promise<void> {
  await tamper(
    'DELETE FROM booking_history WHERE booking_id = $1',
    'DELETE FROM booking WHERE id = $1',
    'INSERT INTO booking SELECT * FROM saved_booking WHERE id = $1',
    'INSERT INTO booking_history SELECT * FROM saved_history WHERE booking_id = $1',
  );
}
afterEach(putBack);

interface Proof {
  intact: boolean;
  entries: number;
  faults: { version: number; fault: string }[];
}
async function proof(): Promise<Proof> {
  const query = `query ($id: ID!) { bookingHistoryProof(bookingId: $id) { intact entries faults { version fault } } }`;
  const { data, errors } = await test.ask(business.staff('COMPLIANCE'), query, { id });
  expect(errors).toEqual([]);
  return (data as { bookingHistoryProof: Proof }).bookingHistoryProof;
}

/** As the superuser, with every trigger out of the way: what no rule of the database can prevent. */
async function tamper(...statements: string[]): Promise<void> {
  await admin.query('BEGIN');
  await admin.query(`SET LOCAL session_replication_role = 'replica'`);
  for (const statement of statements) await admin.query(statement, [id]);
  await admin.query('COMMIT');
}

it('[BOK-10] a history that nobody touched is intact', async () => {
  expect(await proof()).toEqual({ intact: true, entries: 4, faults: [] });
});

it.each<[string, string[], string[]]>([
  [
    'an entry edited',
    [`UPDATE booking_history SET actor_id = gen_random_uuid() WHERE booking_id = $1 AND version = 3`],
    ['3 CHANGED'],
  ],
  [
    'a time edited',
    [
      `UPDATE booking_history SET new_starts_at = new_starts_at + interval '1 hour' WHERE booking_id = $1 AND version = 3`,
    ],
    ['3 CHANGED'],
  ],
  [
    'an entry removed',
    [`DELETE FROM booking_history WHERE booking_id = $1 AND version = 3`],
    ['3 MISSING', '4 NOT_CONTINUED'],
  ],
  [
    'the first removed',
    [`DELETE FROM booking_history WHERE booking_id = $1 AND version = 1`],
    ['2 NOT_CONTINUED'],
  ],
  ['the last removed', [`DELETE FROM booking_history WHERE booking_id = $1 AND version = 4`], ['4 MISSING']],
  ['all removed', [`DELETE FROM booking_history WHERE booking_id = $1`], ['4 MISSING']],
  [
    'two exchanged',
    [
      `UPDATE booking_history SET version = version + 100 WHERE booking_id = $1 AND version IN (2, 3)`,
      `UPDATE booking_history SET version = 105 - version WHERE booking_id = $1 AND version > 100`,
    ],
    ['2 CHANGED', '2 NOT_CONTINUED', '3 CHANGED', '3 NOT_CONTINUED', '4 NOT_CONTINUED'],
  ],
  [
    'the booking changed without an entry',
    [`UPDATE booking SET status = 'CONFIRMED', cancelled_by = NULL WHERE id = $1`],
    ['4 CHANGED'],
  ],
  [
    'the booking moved back in time',
    [`UPDATE booking SET starts_at = starts_at - interval '1 hour' WHERE id = $1`],
    ['4 CHANGED'],
  ],
  [
    'the last removed and the booking set back',
    [
      `DELETE FROM booking_history WHERE booking_id = $1 AND version = 4`,
      `UPDATE booking SET status = 'CONFIRMED', cancelled_by = NULL, version = 3 WHERE id = $1`,
    ],
    ['3 NOT_CONTINUED'],
  ],
])('[BOK-10] %s is named', async (_what, statements, faults) => {
  await tamper(...statements);
  const { intact, faults: found } = await proof();
  expect(found.map(({ version, fault }) => `${version} ${fault}`)).toEqual(faults);
  expect(intact).toBe(false);
});

it('[BOK-10] an entry of another hand is rejected by the chain, and named when it was forced in', async () => {
  const last = await test.database.transaction(business.organizationId, (tx) =>
    tx.manager.findOneOrFail(BookingHistory, { where: { bookingId: id, version: 4 } }),
  );
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const facts = { ...last, version: 5, action: 'booking_confirmed', newStatus: 'CONFIRMED' as const };
  const insert = (entry: BookingHistory) =>
    test.database.transaction(business.organizationId, (tx) => tx.manager.insert(BookingHistory, entry));
  // Continuing nothing, it does not even get in.
  await expect(insert(sealEntry(facts, Buffer.alloc(32, 1), stranger))).rejects.toMatchObject({
    driverError: { constraint: 'history_continues_its_chain' },
  });
  await insert(sealEntry(facts, last.hash, stranger));
  expect((await proof()).faults).toEqual([{ version: 5, fault: 'NOT_SIGNED' }]);
});

it('[BOK-10] the application itself can neither change nor remove an entry as long as the booking is there', async () => {
  const write = (sql: string) =>
    test.database.transaction(business.organizationId, (tx) => tx.query(sql, [id]));
  for (const sql of [
    `UPDATE booking_history SET action = 'nothing' WHERE booking_id = $1`,
    'DELETE FROM booking_history WHERE booking_id = $1',
  ]) {
    await expect(write(sql)).rejects.toMatchObject({ driverError: { constraint: 'history_only_grows' } });
  }
  await write('DELETE FROM booking WHERE id = $1');
  expect(await write('SELECT version FROM booking_history WHERE booking_id = $1')).toEqual([]);
});

it('[BOK-10] a history outlives the key that signed it, as long as that key is still believed', async () => {
  const past = generateKeyPairSync('ed25519');
  const now = generateKeyPairSync('ed25519');
  const { booking, entries } = await test.database.transaction(business.organizationId, async (tx) => ({
    booking: await tx.manager.findOneOrFail(Booking, { where: { id } }),
    entries: await readHistory(tx, id),
  }));
  const signed: BookingHistory[] = [];
  for (const entry of entries)
    signed.push(
      sealEntry(
        entry,
        signed.at(-1)?.hash ?? Buffer.alloc(32),
        entry.version < 3 ? past.privateKey : now.privateKey,
      ),
    );
  expect(signed.map(({ hash }) => hash)).toEqual(entries.map(({ hash }) => hash));
  expect(verifyHistory(booking, signed, [now.publicKey, past.publicKey])).toEqual([]);
  expect(verifyHistory(booking, signed, [now.publicKey])).toEqual([
    { version: 1, fault: 'NOT_SIGNED' },
    { version: 2, fault: 'NOT_SIGNED' },
  ]);
});

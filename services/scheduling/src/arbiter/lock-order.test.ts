import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { eventually, throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import { schedulingEntities, schedulingMigrations } from '../database.ts';
import { approveWindows, confirmWindows } from './confirm-windows.ts';
import { extendWindows } from './extend-windows.ts';
import { moveWindows } from './move-windows.ts';
import { minutesAfter, someResources } from './race-for-tests.ts';
import { keepBlock, releaseBlock, releaseBookedWindows, releaseHeldWindows } from './release-windows.ts';

/**
 * Whoever changes rows of several resources locks them from the first to the last. A race rarely hits the microseconds in
 * which another order hurts; so here somebody keeps the first row, and nobody who waits for it may have locked a later one.
 */
const now = new Date('2027-02-01T05:00:00Z');
const later = new Date(now.getTime() + 900_000);
let stored: ThrowAwayDatabase;
beforeAll(async () => {
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    poolMax: 4,
  });
});
afterAll(() => stored.drop());

interface Owned {
  readonly id: string;
  readonly resources: readonly string[];
}
type Change = (tx: Transaction, owned: Owned) => Promise<unknown>;
const windowCount = 3;
const cases: [string, { kind: string; status: string }, Change][] = [
  [
    'confirming',
    { kind: 'hold', status: 'held' },
    (tx, { id }) => confirmWindows(tx, { id, bookingId: randomUUID(), windowCount, now }),
  ],
  [
    'approving',
    { kind: 'booking', status: 'pending' },
    (tx, { id }) => approveWindows(tx, { bookingId: id, windowCount }),
  ],
  [
    'extending',
    { kind: 'hold', status: 'held' },
    (tx, { id }) => extendWindows(tx, { id, windowCount, now, expiresAt: later }),
  ],
  ['giving a hold back', { kind: 'hold', status: 'held' }, (tx, { id }) => releaseHeldWindows(tx, [id])],
  ['cancelling', { kind: 'booking', status: 'confirmed' }, (tx, { id }) => releaseBookedWindows(tx, id)],
  ['ending a block', { kind: 'block', status: 'confirmed' }, (tx, { id }) => releaseBlock(tx, id)],
  ['keeping a block', { kind: 'block', status: 'held' }, (tx, { id }) => keepBlock(tx, id, null)],
  [
    'moving',
    { kind: 'booking', status: 'confirmed' },
    (tx, { id, resources }) =>
      moveWindows(tx, {
        bookingId: id,
        windows: resources.map((resourceId) => ({ resourceId, ...minutesAfter(now.getTime(), 600, 60) })),
        now,
      }),
  ],
];

it.each(cases)(
  '%s three resources locks the first of them first',
  async (_what, { kind, status }, change) => {
    const { organizationId, ids } = await someResources(stored.database, 3);
    const id = randomUUID();
    await stored.database.transaction(organizationId, async (tx) => {
      // The last resource's row is stored first: without an order, it would be found first as well.
      for (const resourceId of ids.toReversed()) {
        await tx.query(
          `INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status, expires_at)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, '[2027-02-02T10:00Z,2027-02-02T11:00Z)', $5, $6)`,
          [organizationId, resourceId, kind, id, status, status === 'held' ? later : null],
        );
      }
    });
    const admin = new pg.Client({ connectionString: stored.adminUrl });
    await admin.connect();
    try {
      await admin.query('BEGIN');
      await admin.query('SELECT FROM allocation WHERE owner_id = $1 AND resource_id = $2 FOR UPDATE', [
        id,
        ids[0],
      ]);
      const changing = stored.database.transaction(organizationId, (tx) =>
        change(tx, { id, resources: ids }),
      );
      await eventually(async () => {
        // Within a transaction the view is read once and kept.
        await admin.query('SELECT pg_stat_clear_snapshot()');
        const { rowCount } = await admin.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      const { rows } = await admin.query<{ resource_id: string }>(
        'SELECT resource_id FROM allocation WHERE owner_id = $1 ORDER BY resource_id FOR UPDATE SKIP LOCKED',
        [id],
      );
      expect(rows.map((row) => row.resource_id)).toEqual(ids);
      await admin.query('ROLLBACK');
      await changing;
    } finally {
      await admin.end();
    }
  },
);

import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, type MigrationSet } from '@kept/database';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import pg from 'pg';
import { schedulingEntities, schedulingMigrations } from '../database.ts';

let directory: string;
let stored: ThrowAwayDatabase;
beforeAll(async () => {
  // The database as the version before histories left it: migrations 0001 to 0004.
  directory = await mkdtemp(join(tmpdir(), 'kept-older-'));
  const own = schedulingMigrations.find(({ name }) => name === 'scheduling');
  if (!own) throw new Error('scheduling has migrations of its own');
  for (const file of await readdir(own.directory))
    if (file < '0005') await cp(join(own.directory, file), join(directory, file));
  const before: MigrationSet[] = schedulingMigrations.map((set) =>
    set === own ? { ...set, directory } : set,
  );
  stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: before,
    entities: schedulingEntities,
  });
});
afterAll(async () => {
  await stored.drop();
  await rm(directory, { recursive: true });
});

// What the process before this one writes, column by column; it may still run while the migrations do.
const INSERT = `INSERT INTO booking (id, organization_id, client_id, provider_id, service_id, status, version, starts_at, ends_at,
    time_zone, held_until, buffer_before_minutes, buffer_after_minutes, cancellation_window_minutes, reschedule_window_minutes,
    reschedules_max, reschedule_count, price_minor, deposit_minor, currency, cancelled_by, created_at)
  VALUES ($1, $2, $2, $3, $4, $5, 2, $6, $6::timestamptz + interval '1 hour', 'UTC', now(), 0, 0, 0, 0, 2, 0, 0, NULL, 'EUR', NULL, now())`;

it('bookings of the version before keep what they block, and those that it still writes meanwhile, too', async () => {
  const [organizationId, providerId, serviceId] = [randomUUID(), randomUUID(), randomUUID()];
  const admin = new pg.Client({ connectionString: stored.adminUrl });
  await admin.connect();
  try {
    await admin.query('INSERT INTO organization (id) VALUES ($1)', [organizationId]);
    await admin.query(`INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'STAFF')`, [
      providerId,
      organizationId,
    ]);
    await admin.query('INSERT INTO provider (id, organization_id, active) VALUES ($1, $2, true)', [
      providerId,
      organizationId,
    ]);
    await admin.query(
      `INSERT INTO service VALUES ($1, $2, 'An hour', '', 60, 0, NULL, 'EUR', 0, 0, 0, 1000, 15, 0, 0, 2, true, now())`,
      [serviceId, organizationId],
    );
    const write = async (status: string, startsAt: string): Promise<string> => {
      const id = randomUUID();
      await admin.query(INSERT, [id, organizationId, providerId, serviceId, status, startsAt]);
      return id;
    };
    const old = [await write('CONFIRMED', '2027-02-03T10:00Z'), await write('EXPIRED', '2027-02-03T12:00Z')];
    await migrate({ ownerUrl: stored.ownerUrl, sets: schedulingMigrations });
    old.push(await write('PENDING_CONFIRMATION', '2027-02-03T14:00Z'));
    const { rows } = await admin.query<{ booking_id: string; resource_id: string; role: string }>(
      'SELECT booking_id, resource_id, role FROM booking_resource',
    );
    expect(rows.map(({ booking_id }) => booking_id).toSorted()).toEqual(old.toSorted());
    expect(new Set(rows.map(({ resource_id, role }) => `${resource_id} ${role}`))).toEqual(
      new Set([`${providerId} PROVIDER`]),
    );
    const { rows: invalid } = await admin.query('SELECT conname FROM pg_constraint WHERE NOT convalidated');
    expect(invalid).toEqual([]);
    // What the older process does goes on: it changes a status without knowing of histories.
    await admin.query(`UPDATE booking SET status = 'COMPLETED', version = 3 WHERE id = $1`, [old[0]]);
  } finally {
    await admin.end();
  }
});

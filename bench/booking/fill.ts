import type { Stack } from '@kept/local-stack';
import pg from 'pg';

const OTHER_PROVIDERS = 200;

/**
 * Stores so many more bookings that took place: copies of one that was made through the graph, each with its time in the
 * arbiter, its resource and its history, a tenth with the provider whom the benchmark books, the rest with two hundred others,
 * an hour apart into the past. Written as the superuser with triggers and foreign keys off, or it would take an hour; the
 * constraint of the arbiter is on, and so are all indexes.
 */
export async function storeBookings(stack: Stack, count: number): Promise<void> {
  const url = new URL(stack.adminUrl);
  url.pathname = '/kept_scheduling';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    await client.query('SET synchronous_commit = off');
    await client.query(RESOURCES, [OTHER_PROVIDERS]);
    await client.query(BOOKINGS, [count, OTHER_PROVIDERS]);
    for (const statement of [ALLOCATIONS, ...COPIES]) await client.query(statement);
    await client.query('DROP TABLE filled');
    for (const table of ['booking', 'allocation', 'booking_resource', 'booking_history', 'resource'])
      await client.query(`VACUUM ANALYZE ${table}`);
  } finally {
    await client.end();
  }
}

const RESOURCES = `
INSERT INTO resource (id, organization_id, kind)
SELECT md5('provider ' || n)::uuid, (SELECT organization_id FROM booking WHERE status = 'CONFIRMED' LIMIT 1), 'STAFF'
FROM generate_series(1, $1::int) AS n ON CONFLICT (id) DO NOTHING`;

// One in ten is the booked provider's own. Each provider's go back hour by hour from yesterday, so that none overlaps.
const BOOKINGS = `
CREATE TABLE filled AS
SELECT gen_random_uuid() AS id, b.id AS like_id, b.organization_id,
       CASE WHEN n % 10 = 0 THEN b.provider_id ELSE md5('provider ' || (1 + n % $2::int))::uuid END AS provider_id,
       date_trunc('hour', now()) - interval '1 day'
         - interval '1 hour' * (CASE WHEN n % 10 = 0 THEN n / 10 ELSE n / $2::int END) AS starts_at
FROM generate_series(1, $1::int) AS n, (SELECT * FROM booking WHERE status = 'CONFIRMED' ORDER BY created_at LIMIT 1) AS b`;

const ALLOCATIONS = `
INSERT INTO allocation (id, organization_id, resource_id, owner_kind, owner_id, period, status)
SELECT gen_random_uuid(), f.organization_id, f.provider_id, 'booking', f.id,
       tstzrange(f.starts_at, f.starts_at + interval '30 minutes'), 'confirmed'
FROM filled f`;

const copy = (table: string, where: string, changed: string): string => `
INSERT INTO ${table}
SELECT r.* FROM filled f JOIN ${table} t ON t.${where} = f.like_id,
  LATERAL jsonb_populate_record(NULL::${table}, to_jsonb(t) || jsonb_build_object(${changed})) AS r`;

const COPIES = [
  copy(
    'booking',
    'id',
    `'id', f.id, 'provider_id', f.provider_id, 'status', 'COMPLETED', 'starts_at', f.starts_at,
     'ends_at', f.starts_at + interval '30 minutes', 'created_at', f.starts_at - interval '7 days'`,
  ),
  copy('booking_resource', 'booking_id', `'booking_id', f.id, 'resource_id', f.provider_id`),
  copy('booking_history', 'booking_id', `'booking_id', f.id, 'at', f.starts_at - interval '7 days'`),
];

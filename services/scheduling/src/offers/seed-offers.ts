import type { Transaction } from '@kept/database';

/** Where the demonstration's offers belong; the ids are as fixed as all of its others. */
interface SeedOffers {
  readonly providerId: string;
  readonly currency: string;
  /** The service that gets a variant, an add-on and a room. */
  readonly serviceId: string;
  readonly now: Date;
}

const id = (kind: string, number: string): string => `${kind}0000000-0000-4000-8000-0000000000${number}`;
const PLACE = id('d', '01');
const GARDEN_ROOM = id('d', '02');
const RIVER_ROOM = id('d', '03');
const ROOMS = id('d', '04');
const MATS = id('d', '05');
const GROUP = id('c', '03');

/** A place, two rooms, a pool of mats, a group that needs them, and a longer consultation with tea; safe to run again. */
export async function seedOffers(
  tx: Transaction,
  { providerId, currency, serviceId, now }: SeedOffers,
): Promise<void> {
  const organization = tx.organizationId;
  await tx.query(
    `INSERT INTO location (id, organization_id, kind, name, address, time_zone, active, version, created_at)
     VALUES ($1, $2, 'IN_PERSON', 'Riverside', '1 Water Lane, London', 'Europe/London', true, 1, $3) ON CONFLICT (id) DO NOTHING`,
    [PLACE, organization, now],
  );
  await tx.query(
    `INSERT INTO resource (id, organization_id, kind, name, capacity, location_id)
     VALUES ($1, $4, 'ROOM', 'Garden room', NULL, $5), ($2, $4, 'ROOM', 'River room', NULL, $5), ($3, $4, 'EQUIPMENT', 'Mats', 8, $5)
     ON CONFLICT (id) DO NOTHING`,
    [GARDEN_ROOM, RIVER_ROOM, MATS, organization, PLACE],
  );
  await tx.query(
    `INSERT INTO resource_group (id, organization_id, name, version, created_at) VALUES ($1, $2, 'Rooms', 1, $3)
     ON CONFLICT (id) DO NOTHING`,
    [ROOMS, organization, now],
  );
  await tx.query(
    `INSERT INTO resource_group_member (organization_id, group_id, resource_id) SELECT $1, $2, unnest($3::uuid[])
     ON CONFLICT (group_id, resource_id) DO NOTHING`,
    [organization, ROOMS, [GARDEN_ROOM, RIVER_ROOM]],
  );
  await tx.query(
    `INSERT INTO service (id, organization_id, name, description, duration_minutes, price_minor, currency, capacity,
       buffer_before_minutes, buffer_after_minutes, minimum_lead_minutes, maximum_advance_minutes, slot_interval_minutes,
       cancellation_window_minutes, reschedule_window_minutes, reschedules_max, active, created_at)
     VALUES ($1, $2, 'Relaxation group', 'An hour together, on mats.', 60, 1500, $3, 8, 0, 10, 120, 129600, 60, 720, 720, 2, true, $4)
     ON CONFLICT (id) DO NOTHING`,
    [GROUP, organization, currency, now],
  );
  await tx.query(
    `INSERT INTO service_provider (organization_id, service_id, provider_id) VALUES ($1, $2, $3)
     ON CONFLICT (service_id, provider_id) DO NOTHING`,
    [organization, GROUP, providerId],
  );
  await tx.query(
    `INSERT INTO service_location (organization_id, service_id, location_id) VALUES ($1, $2, $4), ($1, $3, $4)
     ON CONFLICT (service_id, location_id) DO NOTHING`,
    [organization, GROUP, serviceId, PLACE],
  );
  await tx.query(
    `INSERT INTO resource_requirement (id, organization_id, service_id, group_id, resource_id, needed)
     VALUES ($1, $4, $5, $7, NULL, 1), ($2, $4, $5, NULL, $8, 1), ($3, $4, $6, $7, NULL, 1) ON CONFLICT DO NOTHING`,
    [id('d', '06'), id('d', '07'), id('d', '08'), organization, GROUP, serviceId, ROOMS, MATS],
  );
  await tx.query(
    `INSERT INTO service_variant (id, organization_id, service_id, name, duration_minutes, price_minor, deposit_minor, active, created_at)
     VALUES ($1, $2, $3, 'An hour and a half', 90, 11500, 2000, true, $4) ON CONFLICT (id) DO NOTHING`,
    [id('d', '09'), organization, serviceId, now],
  );
  await tx.query(
    `INSERT INTO service_add_on (id, organization_id, service_id, name, extra_minutes, extra_price_minor, active, created_at)
     VALUES ($1, $2, $3, 'A cup of tea together', 15, 300, true, $4) ON CONFLICT (id) DO NOTHING`,
    [id('d', '10'), organization, serviceId, now],
  );
}

import type { Database, Transaction } from '@kept/database';
import { seedOffers } from './offers/seed-offers.ts';
import { knowOrganization } from './organizations/on-organization-created.ts';
import { addProvider } from './providers/on-staff-joined.ts';

// The demonstration's ids are the same in every service, so that the seeds need not wait for each other's events.
const RIVERSIDE = '11111111-1111-4111-8111-111111111111';
const NORTHGATE = '22222222-2222-4222-8222-222222222222';
const demo = (kind: 'a' | 'c', number: string): string => `${kind}0000000-0000-4000-8000-0000000000${number}`;

interface DemoService {
  id: string;
  name: string;
  description: string;
  durationMinutes: number;
  priceMinor: number;
  depositMinor: number | null;
}

interface DemoOrganization {
  id: string;
  name: string;
  timeZone: string;
  currency: string;
  providerId: string;
  services: DemoService[];
  /** Whether the next Saturday but one is a working day. */
  saturday: boolean;
  /** What is offered with rooms, a variant and an add-on, beside a group; null: only services. */
  consultationId: string | null;
}

const organizations: DemoOrganization[] = [
  {
    id: RIVERSIDE,
    name: 'Riverside Practice',
    timeZone: 'Europe/London',
    currency: 'GBP',
    providerId: demo('a', '01'),
    saturday: true,
    consultationId: demo('c', '01'),
    services: [
      {
        id: demo('c', '01'),
        name: 'First consultation',
        description: 'An hour to get to know each other.',
        durationMinutes: 60,
        priceMinor: 8000,
        depositMinor: 2000,
      },
      {
        id: demo('c', '02'),
        name: 'Follow-up',
        description: 'Half an hour to see how things are going.',
        durationMinutes: 30,
        priceMinor: 4500,
        depositMinor: null,
      },
    ],
  },
  {
    id: NORTHGATE,
    name: 'Northgate Studio',
    timeZone: 'America/New_York',
    currency: 'USD',
    providerId: demo('a', '11'),
    saturday: false,
    consultationId: null,
    services: [
      {
        id: demo('c', '11'),
        name: 'Introductory session',
        description: 'Three quarters of an hour to find out what you need.',
        durationMinutes: 45,
        priceMinor: 3500,
        depositMinor: null,
      },
    ],
  },
];

/** Writes what the demonstration needs, if it is not there; safe to run again and before or after identity's events. */
export async function seedDemo(database: Database, now: Date): Promise<void> {
  for (const organization of organizations) {
    await database.transaction(organization.id, (tx) => seedOrganization(tx, organization, now));
  }
}

async function seedOrganization(tx: Transaction, organization: DemoOrganization, now: Date): Promise<void> {
  await knowOrganization(tx);
  await tx.query(
    `INSERT INTO organization_profile (organization_id, name, time_zone, currency)
     VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id) DO NOTHING`,
    [organization.id, organization.name, organization.timeZone, organization.currency],
  );
  await addProvider(tx, { id: organization.providerId, timeZone: organization.timeZone });
  for (const service of organization.services) {
    await seedService(tx, { ...service, currency: organization.currency }, now);
  }
  await tx.query(
    `INSERT INTO service_provider (organization_id, service_id, provider_id)
     SELECT $1, unnest($2::uuid[]), $3 ON CONFLICT (service_id, provider_id) DO NOTHING`,
    [organization.id, organization.services.map(({ id }) => id), organization.providerId],
  );
  await seedHours(tx, organization, now);
  const { providerId, currency, consultationId } = organization;
  if (consultationId !== null) await seedOffers(tx, { providerId, currency, serviceId: consultationId, now });
}

async function seedService(
  tx: Transaction,
  service: DemoService & { currency: string },
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO service (id, organization_id, name, description, duration_minutes, price_minor, deposit_minor, currency,
       buffer_before_minutes, buffer_after_minutes, minimum_lead_minutes, maximum_advance_minutes, slot_interval_minutes,
       cancellation_window_minutes, reschedule_window_minutes, reschedules_max, active, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 10, 120, 129600, 30, 720, 720, 2, true, $9)
     ON CONFLICT (id) DO NOTHING`,
    [
      service.id,
      tx.organizationId,
      service.name,
      service.description,
      service.durationMinutes,
      service.priceMinor,
      service.depositMinor,
      service.currency,
      now,
    ],
  );
}

/** Monday to Friday, nine to five; only where no hours were set, by this or by a manager. */
async function seedHours(
  tx: Transaction,
  { id, providerId, saturday }: DemoOrganization,
  now: Date,
): Promise<void> {
  await tx.query(
    `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
     SELECT gen_random_uuid(), $1, $2, day, 540, 1020 FROM generate_series(1, 5) AS day
     WHERE NOT EXISTS (SELECT FROM weekly_rule WHERE provider_id = $2)`,
    [id, providerId],
  );
  if (!saturday) return;
  const inAWeek = new Date(now.getTime() + 7 * 86_400_000);
  const daysToSaturday = (6 - inAWeek.getUTCDay() + 7) % 7;
  const date = new Date(inAWeek.getTime() + daysToSaturday * 86_400_000).toISOString().slice(0, 10);
  await tx.query(
    `INSERT INTO date_override (id, organization_id, provider_id, on_date, start_minute, end_minute)
     SELECT gen_random_uuid(), $1, $2, $3::date, 600, 840
     WHERE NOT EXISTS (SELECT FROM date_override WHERE provider_id = $2)`,
    [id, providerId, date],
  );
}

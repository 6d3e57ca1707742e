/** The real thing beside the model: one business of its own on a shared database, asked through the graph. */
import { createPublicKey, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { openStatement } from '@kept/events';
import type { Caller } from '@kept/passport';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { mutate, type Answer } from '../operations-for-tests.ts';
import { addProvider } from '../providers/on-staff-joined.ts';
import { openBusiness, type TestScheduling } from '../scheduling-for-tests.ts';
import { Model, type ModelBooking, type ModelService } from './model.ts';

const MINUTE = 60_000;
/** A Monday before dawn; everything is booked for the Wednesday after. */
export const BEGIN = Date.parse('2027-02-01T05:00:00Z') / MINUTE;
export const FIRST_START = Date.parse('2027-02-03T10:00:00Z') / MINUTE;

export const instantOf = (minute: number): string => new Date(minute * MINUTE).toISOString();

export interface World {
  readonly test: TestScheduling;
  readonly organizationId: string;
  readonly clients: readonly Caller[];
  readonly frontDesk: Caller;
  readonly services: readonly ModelService[];
  /** Every kind of answer that came, so that a run can show what it has been through. */
  readonly seen: Set<string>;
  /** Quotes by hold, as the client got them. */
  readonly quotes: Map<string, string>;
  ask(caller: Caller, query: string, input: Record<string, unknown>): Promise<Answer>;
  /** Who was chosen, and the hold it was taken with. */
  chosenFor(bookingId: string): Promise<{ provider: string; holdId: string }>;
  versionOfSeries(seriesId: string): Promise<number>;
  pay(booking: ModelBooking): Promise<void>;
  sweep(): Promise<void>;
}

/** Two providers, three services (free, with a deposit, with approval), two clients, and the model of it. */
export async function openWorld(
  test: TestScheduling,
  seen: Set<string>,
): Promise<{ model: Model; real: World }> {
  test.clock.set(instantOf(BEGIN));
  const business = await openBusiness(test);
  const { organizationId, providerId, serviceId } = business;
  const second = randomUUID();
  const [deposit, approval] = [randomUUID(), randomUUID()];
  await test.database.transaction(organizationId, async (tx) => {
    await addProvider(tx, { id: second, timeZone: 'Europe/London' });
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), organization_id, $2, day_of_week, start_minute, end_minute
       FROM weekly_rule WHERE provider_id = $1`,
      [providerId, second],
    );
    const alike = likeService(tx, serviceId);
    await alike(deposit, { duration_minutes: 30, deposit_minor: 2000 });
    await alike(approval, { approval_required: true });
    await tx.query(
      `INSERT INTO service_provider (organization_id, service_id, provider_id)
       SELECT $1, s, p FROM unnest($2::uuid[]) AS s, unnest($3::uuid[]) AS p ON CONFLICT DO NOTHING`,
      [organizationId, [serviceId, deposit, approval], [providerId, second]],
    );
  });
  const quotes = new Map<string, string>();
  const real: World = {
    test,
    organizationId,
    clients: [await business.client(), await business.client()],
    frontDesk: business.staff('FRONT_DESK'),
    services: [
      { id: serviceId, minutes: 60, depositMinor: null, approval: false },
      { id: deposit, minutes: 30, depositMinor: 2000, approval: false },
      { id: approval, minutes: 60, depositMinor: null, approval: true },
    ],
    seen,
    quotes,
    ask: async (caller, query, input) => {
      const answer = await mutate(test, caller, { query, input });
      const { code } = answer;
      seen.add(typeof code === 'string' ? code : answer.__typename);
      return answer;
    },
    chosenFor: (id) =>
      test.database.transaction(organizationId, async (tx) => {
        const [row] = await tx.query<{ provider: string; holdId: string }>(
          `SELECT b.provider_id AS provider, h.id AS "holdId" FROM booking b JOIN slot_hold h ON h.booking_id = b.id WHERE b.id = $1`,
          [id],
        );
        return row ?? { provider: '', holdId: '' };
      }),
    versionOfSeries: versionOfSeries(test, organizationId),
    pay: async ({ holdId }) => {
      const key = createPublicKey(test.scheduling.signingKey);
      const quote = openStatement('kept/quote/v1', quotes.get(holdId) ?? '', key) as Paid;
      const { bookingId, clientId, amountMinor, currency } = quote;
      const paid = { paymentId: randomUUID(), bookingId, holdId, clientId, amountMinor, currency };
      await test.database.transaction(organizationId, (tx) => onPaymentAuthorized(tx, test.scheduling, paid));
    },
    sweep: () =>
      test.database.transaction(organizationId, (tx) => sweepHolds(tx, test.scheduling, test.clock())),
  };
  return { model: new Model([providerId, second].toSorted(), BEGIN), real };
}

const versionOfSeries =
  ({ database }: TestScheduling, organizationId: string) =>
  (id: string): Promise<number> =>
    database.transaction(organizationId, async (tx) => {
      const [row] = await tx.query<{ version: number }>('SELECT version FROM booking_series WHERE id = $1', [
        id,
      ]);
      return row?.version ?? 0;
    });

/** Writes services that differ from one in a few columns. */
const likeService =
  (tx: Transaction, serviceId: string) =>
  async (id: string, changed: Record<string, unknown>): Promise<void> => {
    await tx.query(
      `INSERT INTO service SELECT r.* FROM service s,
         LATERAL jsonb_populate_record(NULL::service, to_jsonb(s) || $2::jsonb) AS r WHERE s.id = $1`,
      [serviceId, JSON.stringify({ id, ...changed })],
    );
  };

interface Paid {
  bookingId: string;
  clientId: string;
  amountMinor: number;
  currency: string;
}

const STATUS = {
  PENDING_PAYMENT: 'HELD',
  PENDING_CONFIRMATION: 'HELD',
  PENDING_APPROVAL: 'PENDING_APPROVAL',
  CONFIRMED: 'CONFIRMED',
  CANCELLED: 'CANCELLED',
  DECLINED: 'DECLINED',
  EXPIRED: 'EXPIRED',
} as const;

/** Everything that is stored, compared with everything that should be. */
export async function agree(model: Model, { test, organizationId }: World): Promise<void> {
  const { bookings, taken } = await test.database.transaction(organizationId, async (tx) => ({
    bookings: await tx.query<{
      id: string;
      status: keyof typeof STATUS;
      version: number;
      start: number;
      provider: string;
    }>(
      `SELECT id, status, version, (extract(epoch FROM starts_at) / 60)::int AS start, provider_id AS provider
       FROM booking ORDER BY id`,
    ),
    taken: await tx.query<{ taken: string }>(
      `SELECT concat_ws(' ', resource_id, (extract(epoch FROM starts_at) / 60)::int, (extract(epoch FROM ends_at) / 60)::int) AS taken
       FROM allocation WHERE status IN ('held', 'pending', 'confirmed') AND (expires_at IS NULL OR expires_at > $1)`,
      [test.clock()],
    ),
  }));
  expect(bookings.map((row) => ({ ...row, status: STATUS[row.status] }))).toEqual(
    model.bookings
      .map(({ id, status, version, start, provider }) => ({ id, status, version, start, provider }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  expect(taken.map((row) => row.taken).toSorted()).toEqual(model.taken());
}

/** Each booking that came to stand was announced once, and its history counts every version. */
export async function agreeAtTheEnd(model: Model, { test, organizationId }: World): Promise<void> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string; confirmations: number; refusals: number; versions: number[]; held: number }>(
      `SELECT b.id,
         (SELECT count(*)::int FROM outbox o WHERE o.name = 'booking.confirmed' AND o.payload ->> 'bookingId' = b.id::text) AS confirmations,
         (SELECT count(*)::int FROM outbox o WHERE o.name = 'booking.refused' AND o.payload ->> 'bookingId' = b.id::text) AS refusals,
         (SELECT count(*)::int FROM allocation a JOIN slot_hold h ON h.id = a.owner_id WHERE h.booking_id = b.id AND h.status <> 'LIVE') AS held,
         (SELECT array_agg(h.version ORDER BY h.version) FROM booking_history h WHERE h.booking_id = b.id) AS versions
       FROM booking b`,
    ),
  );
  for (const row of rows) {
    const booking = model.bookings.find(({ id }) => id === row.id);
    const { confirmations, refusals } = booking ?? {};
    // A hold that is over has given its rows back; those that time alone has ended wait for the sweep.
    expect(row).toMatchObject({ confirmations, refusals, held: 0 });
    expect(row.versions).toEqual(Array.from({ length: booking?.version ?? 0 }, (_, index) => index + 1));
  }
}

/**
 * The hole this keeps closed: one row that holds on to its booking, and nothing of anybody is ever deleted again. A booking
 * with every kind of row that can belong to one goes at the end of its term, and all of them go with it.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { schedulingDeclarations } from '../database.ts';
import { book } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { purgeHandler } from './purge-expired.job.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const bytes = (length: number): string => `\\x${randomBytes(length).toString('hex')}`;
const [at, later] = ['2027-02-01T06:00:00Z', '2027-02-01T07:00:00Z'];
// What the database notes for the live channel; it names nobody and goes within the hour.
const ELSEWHERE = ['booking_change'];

/** Whatever can belong to a booking and does not by being booked. */
function belongings(booking: { id: string; clientId: string; providerId: string; serviceId: string }) {
  const { id, clientId, providerId, serviceId } = booking;
  const [series, product, pass, entry, form, session, pool, limit, dependent] = Array.from(
    { length: 9 },
    () => randomUUID(),
  );
  const [ofBooking, ofClient, ofService] = [
    { booking_id: id },
    { client_id: clientId },
    { service_id: serviceId },
  ];
  const ofProvider = { provider_id: providerId };
  return [
    [
      'booking_series',
      {
        id: series,
        ...ofClient,
        ...ofProvider,
        ...ofService,
        rule: 'FREQ=WEEKLY;COUNT=2',
        time_zone: 'UTC',
        version: 1,
        starts_at: at,
        ends_at: later,
        created_at: at,
      },
    ],
    ['series_occurrence', { series_id: series, position: 1, planned_at: at, ...ofBooking }],
    [
      'pass_product',
      { id: product, name: 'Ten', credits: 10, validity_days: 30, active: true, created_at: at },
    ],
    [
      'pass',
      {
        id: pass,
        ...ofClient,
        product_id: product,
        credits: 10,
        used: 0,
        time_zone: 'UTC',
        valid_until: '2027-03-01T00:00:00Z',
        granted_by: providerId,
        granted_at: at,
      },
    ],
    ['pass_redemption', { ...ofBooking, pass_id: pass, redeemed_at: at }],
    [
      'waitlist_entry',
      {
        id: entry,
        ...ofClient,
        ...ofService,
        seats: 1,
        time_zone: 'UTC',
        earliest_minute: 0,
        latest_minute: 1440,
        status: 'BOOKED',
        version: 1,
        turn_since: at,
        lapses: 0,
        joined_at: at,
        ends_at: later,
      },
    ],
    [
      'waitlist_offer',
      {
        id: randomUUID(),
        entry_id: entry,
        hold_id: randomUUID(),
        ...ofBooking,
        ...ofProvider,
        starts_at: later,
        status: 'ACCEPTED',
        offered_at: at,
        answer_by: later,
        settled_at: later,
      },
    ],
    [
      'slot_request',
      {
        ...ofBooking,
        hold_id: randomUUID(),
        ...ofService,
        network_hash: bytes(32),
        claim_digest: bytes(32),
        requested_at: at,
        expires_at: later,
      },
    ],
    [
      'booking_decision',
      {
        id: randomUUID(),
        ...ofBooking,
        stage: 'REVIEW',
        outcome: 'APPROVED',
        decided_by: providerId,
        decided_by_kind: 'STAFF',
        decided_at: at,
      },
    ],
    [
      'booking_review',
      {
        ...ofBooking,
        rules_version: 1,
        score: 60,
        reasons: ['VELOCITY'],
        state: 'OPEN',
        opened_at: at,
        decide_by: later,
      },
    ],
    ['dependent', { id: dependent, ...ofClient, relation: 'CHILD', name: bytes(40), added_at: at }],
    [
      'attendee',
      {
        ...ofBooking,
        position: 1,
        ...ofClient,
        dependent_id: dependent,
        name: bytes(40),
        name_index: bytes(16),
        added_at: at,
      },
    ],
    [
      'manage_link',
      {
        id: randomUUID(),
        ...ofBooking,
        token_hash: bytes(32),
        actions: ['VIEW'],
        made_for: 'PERSON',
        created_at: at,
        use_count: 0,
        window_uses: 0,
      },
    ],
    ['attendance_confirmation', { ...ofBooking, starts_at: at, confirmed_at: at }],
    [
      'intake_form',
      {
        id: form,
        ...ofService,
        version: 1,
        required_before_confirmation: false,
        fields: [{}],
        created_at: at,
      },
    ],
    [
      'intake_answer',
      { ...ofBooking, ...ofClient, form_id: form, version: 1, answers: bytes(40), answered_at: at },
    ],
    [
      'sealed_note',
      {
        ...ofBooking,
        ...ofClient,
        version: 1,
        jwe: { recipients: [] },
        needs_rewrap: false,
        written_by: clientId,
        written_at: at,
      },
    ],
    [
      'group_session',
      {
        id: session,
        ...ofService,
        ...ofProvider,
        starts_at: at,
        ends_at: later,
        resource_ids: [providerId],
        blocked_from: at,
        blocked_until: later,
        capacity: 9,
        seats_taken: 1,
      },
    ],
    ['session_seat', { ...ofBooking, session_id: session, seats: 1, counted: true }],
    [
      'resource',
      {
        id: pool,
        kind: 'EQUIPMENT',
        name: 'Bicycles',
        capacity: 9,
        active: true,
        version: 1,
      },
    ],
    [
      'capacity_claim',
      {
        id: randomUUID(),
        ...ofBooking,
        resource_id: pool,
        first_quantum: 1,
        end_quantum: 2,
        units: 1,
        counted: true,
      },
    ],
    ['booking_limit', { id: limit, scope: 'CLIENT', period: 'DAY', bookings_max: 9, created_at: at }],
    [
      'limit_claim',
      { ...ofBooking, limit_id: limit, subject_id: clientId, period_start: '2027-02-01', counted: true },
    ],
    ['booking_fee', { ...ofBooking, no_show_fee_minor: 100 }],
  ] as const;
}

async function insert(tx: Transaction, table: string, row: object): Promise<void> {
  const whole = { organization_id: tx.organizationId, ...row };
  const columns = Object.keys(whole).join(', ');
  await tx.query(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::${table}, $1)`,
    [JSON.stringify(whole)],
  );
}

/** How many rows of each table that names bookings are of this one. */
async function rowsOf(tx: Transaction, bookingId: string): Promise<Record<string, number>> {
  const tables = await tx.query<{ name: string }>(
    `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = current_schema() AND c.column_name = 'booking_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables.filter((table) => !ELSEWHERE.includes(table.name))) {
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${name} WHERE booking_id = $1`,
      [bookingId],
    );
    counts[name] = row?.count ?? 0;
  }
  return counts;
}

it('[DAT-06] a booking goes at the end of its term, with everything that belongs to it', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const { id } = await book(test, client, {
    ...business,
    startsAt: '2027-02-03T10:00:00.000Z',
    notes: 'mine',
  });
  const { organizationId } = business;
  const within = <T>(work: (tx: Transaction) => Promise<T>) =>
    test.database.transaction(organizationId, work);
  await within(async (tx) => {
    for (const [table, row] of belongings({ id, clientId: client.accountId ?? '', ...business }))
      await insert(tx, table, row);
  });
  const before = await within((tx) => rowsOf(tx, id));
  // A new table of bookings has to be tried here, too.
  expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
  test.clock.set('2029-06-01T00:00:00Z');
  const { run } = purgeHandler(test.scheduling, schedulingDeclarations);
  await run({}, { signal: AbortSignal.timeout(60_000) } as never);
  const after = await within((tx) => rowsOf(tx, id));
  expect(Object.values(after).every((count) => count === 0)).toBe(true);
  const left = await within((tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM booking_series) AS series,
              (SELECT count(*)::int FROM waitlist_entry) AS waiting, (SELECT count(*)::int FROM pass) AS passes,
              (SELECT count(*)::int FROM allocation) AS allocations, (SELECT count(*)::int FROM reminder_due) AS due`,
    ),
  );
  expect(left).toEqual([{ bookings: 0, series: 0, waiting: 0, passes: 0, allocations: 0, due: 0 }]);
});

import { createPublicKey, randomUUID } from 'node:crypto';
import { openStatement, type EventPayload } from '@kept/events';
import type { Caller } from '@kept/passport';
import { sweepHolds } from '../bookings/expire-holds.job.ts';
import { APPROVE, CONTEST, copyInStatus, DECLINE } from '../bookings/life-for-tests.ts';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { book, CANCEL, hold, mutate, type Answer } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 8 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { approvalRequired: true });
  client = await business.client();
});

const startsAt = '2027-02-10T10:00:00.000Z';
const REQUEST = `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename
  ... on BookingRequested { booking { id status version decideBy } } } }`;

async function request(): Promise<{ id: string; version: number; decideBy: string }> {
  const held = await hold(test, client, { ...business, startsAt });
  const answer = await mutate(test, client, { query: REQUEST, input: { holdId: held['id'] } });
  expect(answer.__typename).toBe('BookingRequested');
  return answer['booking'] as never;
}
const sent = async (name: 'booking.refused' | 'booking.confirmed') =>
  eventsOf(test.database, business.organizationId, name);
const templates = async () =>
  (await eventsOf(test.database, business.organizationId, 'message.requested')).map(
    ({ template }) => template,
  );
const rows = (sql: string, parameters: unknown[] = []) =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query<Record<string, unknown>>(sql, parameters),
  );
const sweep = () =>
  test.database.transaction(business.organizationId, (tx) => sweepHolds(tx, test.scheduling, test.clock()));
const free = async (): Promise<boolean> => {
  const held = await hold(test, await business.client(), { ...business, startsAt });
  return held.__typename === 'SlotHold';
};

it('a request blocks its time while it waits, and stands once a person of the business approves it', async () => {
  const { id, version } = await request();
  expect(await templates()).toEqual(['booking-requested']);
  expect(await free()).toBe(false);
  // Long after the hold would have ended.
  test.clock.advance(3_600_000);
  await sweep();
  expect(await free()).toBe(false);
  const approve = { query: APPROVE, input: { bookingId: id, expectedVersion: version } };
  expect(await mutate(test, business.provider(), approve)).toMatchObject({
    __typename: 'BookingDecided',
    booking: { status: 'CONFIRMED', version: version + 1 },
  });
  expect(await sent('booking.confirmed')).toMatchObject([{ bookingId: id, clientId: client.accountId }]);
  expect(await rows('SELECT status FROM allocation WHERE owner_id = $1', [id])).toEqual([
    { status: 'confirmed' },
  ]);
  // Approving twice is not possible; nor is declining what stands.
  const again = { bookingId: id, expectedVersion: version + 1, reason: 'we thought again' };
  expect(await mutate(test, business.provider(), { query: DECLINE, input: again })).toMatchObject({
    code: 'NOT_ACTIVE',
  });
});

it('of two who decide at the same moment one is heard', async () => {
  const { id, version } = await request();
  const input = { bookingId: id, expectedVersion: version };
  const answers = await Promise.all([
    mutate(test, business.staff('MANAGER'), { query: APPROVE, input }),
    mutate(test, business.staff('FRONT_DESK'), { query: DECLINE, input: { ...input, reason: 'no room' } }),
  ]);
  expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual([
    'BookingDecided',
    'VersionConflict',
  ]);
});

it('[LAW-18] a declined request always names the person who declined it, and why', async () => {
  const { id, version } = await request();
  const desk = business.staff('FRONT_DESK');
  const decline = { bookingId: id, expectedVersion: version, reason: 'Wir behandeln keine Kinder 🙏' };
  await expect(mutate(test, desk, { query: DECLINE, input: { ...decline, reason: ' x ' } })).rejects.toThrow(
    /BAD_INPUT/,
  );
  expect(await mutate(test, desk, { query: DECLINE, input: decline })).toMatchObject({
    booking: { status: 'DECLINED' },
  });
  expect(await templates()).toEqual(['booking-requested', 'booking-declined']);
  expect(await free()).toBe(true);
  const { data } = await test.ask(
    client,
    'query ($id: ID!) { booking(id: $id) { decisions { outcome stage reason decidedAt } } }',
    { id },
  );
  expect(data?.['booking']).toEqual({
    decisions: [{ outcome: 'DECLINED', stage: 'APPROVAL', reason: decline.reason, decidedAt: MONDAY }],
  });
  const [decision] = await rows('SELECT id, decided_by, decided_by_kind, reason FROM booking_decision');
  expect(decision).toMatchObject({ decided_by: desk.accountId, decided_by_kind: 'STAFF' });
  expect(String(decision?.['reason'])).not.toContain('Kinder');
  expect(await rows('SELECT decision_id FROM booking WHERE id = $1', [id])).toEqual([
    { decision_id: decision?.['id'] },
  ]);
});

it('[LAW-18] nothing but a person can decline: PostgreSQL refuses every other way', async () => {
  const { id } = await request();
  const decide = (more: string) =>
    rows(
      `INSERT INTO booking_decision (id, organization_id, booking_id, stage, outcome, decided_by, decided_by_kind, reason, decided_at)
       SELECT gen_random_uuid(), organization_id, id, 'APPROVAL', ${more}, now() FROM booking WHERE id = $1 RETURNING id`,
      [id],
    );
  const refusal = (constraint: string) => ({ driverError: { constraint } });
  const decline = (decision: string) =>
    rows(
      `UPDATE booking SET status = 'DECLINED', version = version + 1, decision_id = ${decision} WHERE id = $1`,
      [id],
    );
  await expect(decline('NULL')).rejects.toMatchObject(refusal('a_person_declines'));
  await expect(decline('gen_random_uuid()')).rejects.toMatchObject(refusal('a_person_declines'));
  await expect(decide(`'DECLINED', gen_random_uuid(), 'SERVICE', '\\x00'`)).rejects.toMatchObject(
    refusal('people_of_the_business_decide'),
  );
  await expect(decide(`'DECLINED', NULL, 'STAFF', '\\x00'`)).rejects.toThrow(/decided_by/);
  await expect(decide(`'DECLINED', gen_random_uuid(), 'STAFF', NULL`)).rejects.toMatchObject(
    refusal('who_declines_says_why'),
  );
  const [approval] = await decide(`'APPROVED', gen_random_uuid(), 'STAFF', NULL`);
  await expect(decline(`'${String(approval?.['id'])}'`)).rejects.toMatchObject(refusal('a_person_declines'));
  await expect(
    rows(`UPDATE booking_decision SET outcome = 'DECLINED', reason = '\\x00'`),
  ).rejects.toMatchObject(refusal('a_decision_stands'));
  // Written anew rather than changed, it is refused as well.
  const other = await openBusiness(test);
  const confirmed = await book(test, await other.client(), { ...other, startsAt });
  const copy = copyInStatus(test, other, { of: confirmed.id, status: 'DECLINED' });
  await expect(copy).resolves.toMatch(/-/);
  await expect(
    rows(
      `INSERT INTO booking SELECT (jsonb_populate_record(b, '{"status": "DECLINED", "decision_id": null}')).* FROM booking b WHERE id = $1`,
      [id],
    ),
  ).rejects.toMatchObject(refusal('declined_bookings_name_a_human_decision'));
});

it('[LAW-18] whoever was declined can ask once for somebody else to look again, and managers see it', async () => {
  const { id, version } = await request();
  const decline = { bookingId: id, expectedVersion: version, reason: 'no room' };
  await mutate(test, business.provider(), { query: DECLINE, input: decline });
  const contest = { bookingId: id, expectedVersion: version + 1, statement: 'There is room on your page.' };
  await expect(mutate(test, await business.client(), { query: CONTEST, input: contest })).rejects.toThrow(
    /NOT_FOUND/,
  );
  expect(await mutate(test, client, { query: CONTEST, input: contest })).toMatchObject({
    __typename: 'DecisionContested',
  });
  expect(await mutate(test, client, { query: CONTEST, input: contest })).toMatchObject({
    code: 'ALREADY_CONTESTED',
  });
  const query = '{ contestedDecisions { bookingId contest contestedAt decidedBy { id } } }';
  const { data } = await test.ask(business.staff('MANAGER'), query);
  expect(data?.['contestedDecisions']).toEqual([
    {
      bookingId: id,
      contest: contest.statement,
      contestedAt: MONDAY,
      decidedBy: { id: business.providerId },
    },
  ]);
});

it('a request that nobody decides about in time is over: its time is free and nobody can approve it any more', async () => {
  const { id, version, decideBy } = await request();
  test.clock.set(new Date(Date.parse(decideBy) - 1));
  await sweep();
  expect(await rows('SELECT status FROM booking WHERE id = $1', [id])).toEqual([
    { status: 'PENDING_APPROVAL' },
  ]);
  test.clock.set(decideBy);
  const approve = { query: APPROVE, input: { bookingId: id, expectedVersion: version } };
  expect(await mutate(test, business.provider(), approve)).toMatchObject({ code: 'NOT_ACTIVE' });
  await sweep();
  expect(await rows('SELECT status, cancelled_by FROM booking WHERE id = $1', [id])).toEqual([
    { status: 'EXPIRED', cancelled_by: null },
  ]);
  expect(await templates()).toEqual(['booking-requested', 'booking-expired']);
  expect(await free()).toBe(true);
});

describe('with a deposit', () => {
  beforeEach(async () => {
    business = await openBusiness(test, { approvalRequired: true, depositMinor: 2000 });
    client = await business.client();
  });
  const paidFor = (held: Answer): EventPayload<'payment.authorized'> => {
    const key = createPublicKey(test.scheduling.signingKey);
    const quote = openStatement('kept/quote/v1', String(held['quote']), key);
    const { bookingId, holdId, clientId, amountMinor, currency } =
      quote as EventPayload<'payment.authorized'>;
    return { paymentId: randomUUID(), bookingId, holdId, clientId, amountMinor, currency };
  };
  const paidRequest = async () => {
    const held = await hold(test, client, { ...business, startsAt });
    await test.database.transaction(business.organizationId, (tx) =>
      onPaymentAuthorized(tx, test.scheduling, paidFor(held)),
    );
    return { bookingId: String(held['bookingId']), holdId: held['id'] };
  };

  it('the money waits with the request: it is taken when approved, and let go when declined, called off or forgotten', async () => {
    const outcomes: [string, (bookingId: string) => Promise<unknown>][] = [
      [
        'DECLINED',
        (bookingId) =>
          mutate(test, business.provider(), {
            query: DECLINE,
            input: { bookingId, expectedVersion: 2, reason: 'no room' },
          }),
      ],
      [
        'CANCELLED',
        (bookingId) => mutate(test, client, { query: CANCEL, input: { bookingId, expectedVersion: 2 } }),
      ],
      [
        'NOT_DECIDED',
        async () => {
          test.clock.advance(3 * 86_400_000);
          await sweep();
        },
      ],
    ];
    for (const [reason, end] of outcomes) {
      test.clock.set(MONDAY);
      const { bookingId, holdId } = await paidRequest();
      expect(await sent('booking.confirmed')).toEqual([]);
      await end(bookingId);
      expect((await sent('booking.refused')).at(-1)).toEqual({ bookingId, holdId, reason });
      expect(await free()).toBe(true);
      await rows(`DELETE FROM booking`);
      await rows(`DELETE FROM allocation`);
    }
    const { bookingId } = await paidRequest();
    await mutate(test, business.provider(), { query: APPROVE, input: { bookingId, expectedVersion: 2 } });
    expect(await sent('booking.confirmed')).toMatchObject([{ bookingId }]);
    expect(await sent('booking.refused')).toHaveLength(3);
  });
});

it('shows each provider their own requests, and the front desk all', async () => {
  const { id } = await request();
  const query = '{ bookingsToDecide { id } }';
  const asked = async (caller: Caller) => (await test.ask(caller, query)).data?.['bookingsToDecide'];
  expect(await asked(business.provider())).toEqual([{ id }]);
  expect(await asked(business.staff('PROVIDER'))).toEqual([]);
  expect(await asked(business.staff('FRONT_DESK'))).toEqual([{ id }]);
  const stranger = { query: APPROVE, input: { bookingId: id, expectedVersion: 2 } };
  await expect(mutate(test, business.staff('PROVIDER'), stranger)).rejects.toThrow(/NOT_FOUND/);
  await expect(mutate(test, client, stranger)).rejects.toThrow(/UNAUTHORIZED/);
});

it('a time that has begun is not asked for any more: nobody could still decide', async () => {
  test.clock.set('2027-02-03T09:55:00.000Z');
  const held = await hold(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  test.clock.set('2027-02-03T10:01:00.000Z');
  expect(await mutate(test, client, { query: REQUEST, input: { holdId: held['id'] } })).toMatchObject({
    __typename: 'HoldExpired',
  });
});

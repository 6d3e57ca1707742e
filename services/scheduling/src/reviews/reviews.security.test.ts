/**
 * The hole this keeps closed: a machine that turns people away (GDPR article 22), a reason that leaks to whoever it is about,
 * and a review that somebody without the office decides.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import {
  APPROVE_REVIEWED,
  bookAnyway,
  DENY_REVIEWED,
  oddClient,
  QUEUE,
  queueOf,
  SET_POLICY,
} from './reviews-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let subject: Caller;
let waiting: { id: string; version: number };
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
  subject = await oddClient(test, business);
  waiting = await bookAnyway(test, subject, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
});
afterAll(() => test.stop());

const sql = (text: string, parameters: unknown[] = []) =>
  test.database.transaction(business.organizationId, (tx) => tx.query(text, parameters));

it('[LAW-18] the database lets no booking be declined, and no review be denied, without a person’s decision', async () => {
  const decline = `UPDATE booking SET status = 'DECLINED', version = version + 1, decision_id = $2 WHERE id = $1`;
  await expect(sql(decline, [waiting.id, null])).rejects.toThrow();
  await expect(sql(decline, [waiting.id, randomUUID()])).rejects.toMatchObject({
    driverError: { constraint: 'a_person_declines' },
  });
  await expect(
    sql(`UPDATE booking_review SET state = 'DENIED', closed_at = now() WHERE booking_id = $1`, [waiting.id]),
  ).rejects.toMatchObject({ driverError: { constraint: 'people_approve_and_deny' } });
  await expect(
    sql(`INSERT INTO review_policy VALUES ($1, 60, 'DENY', 1, now())`, [business.organizationId]),
  ).rejects.toMatchObject({ driverError: { constraint: 'overdue_reviews_release_or_approve' } });
});

const DECISIONS = [APPROVE_REVIEWED, DENY_REVIEWED];
it.each([
  ['a client', () => business.client()],
  ['the client it is about', () => subject],
  ['a provider', () => business.provider()],
  ['the front desk', () => business.staff('FRONT_DESK')],
  ['billing', () => business.staff('BILLING')],
  ['a manager without a second factor', () => ({ ...business.staff('MANAGER'), secondFactor: false })],
  ['nobody in particular', () => business.anonymous()],
  ['another organization’s manager', async () => (await openBusiness(test)).staff('MANAGER')],
])('[DET-10] %s cannot decide', async (_who, makeCaller) => {
  const caller = await makeCaller();
  for (const query of DECISIONS) {
    const input = { bookingId: waiting.id, expectedVersion: waiting.version, reason: 'Because I say so.' };
    await expect(mutate(test, caller, { query, input })).rejects.toThrow(
      /UNAUTHORIZED_FIELD_OR_TYPE|NOT_FOUND/,
    );
  }
  expect(await sql('SELECT state FROM booking_review')).toEqual([{ state: 'OPEN' }]);
});

it('[DET-10] the queue is for managers and the front desk of the organization alone', async () => {
  expect(await queueOf(test, business.staff('FRONT_DESK'))).toHaveLength(1);
  expect(await queueOf(test, (await openBusiness(test)).staff('MANAGER'))).toEqual([]);
  for (const caller of [
    await business.client(),
    business.provider(),
    business.staff('BILLING'),
    business.anonymous(),
  ]) {
    const { data, errors } = await test.ask(caller, QUEUE);
    expect(data).toEqual({ reviewQueue: null });
    expect(errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  }
});

it('[DET-10] how reviews end is set by managers alone, one after the other', async () => {
  const input = { decideWithinMinutes: 30, whenOverdue: 'APPROVE', expectedVersion: 0 };
  for (const caller of [business.staff('FRONT_DESK'), business.provider(), subject, business.anonymous()])
    await expect(mutate(test, caller, { query: SET_POLICY, input })).rejects.toThrow(/UNAUTHORIZED/);
  expect(await sql('SELECT * FROM review_policy')).toEqual([]);
  const other = await openBusiness(test);
  const set = () => mutate(test, other.staff('MANAGER'), { query: SET_POLICY, input });
  expect(await set()).toMatchObject({ __typename: 'ReviewPolicySet', policy: { version: 1 } });
  expect(await set()).toMatchObject({ __typename: 'VersionConflict', currentVersion: 1 });
});

it('[DET-10] two managers at once: one decides, the other hears that it has changed', async () => {
  const other = await openBusiness(test);
  const { id, version } = await bookAnyway(test, await oddClient(test, other), {
    ...other,
    startsAt: '2027-02-03T10:00:00.000Z',
  });
  const input = { bookingId: id, expectedVersion: version, reason: 'I have looked at it.' };
  const outcomes = await Promise.all(
    DECISIONS.map((query) => mutate(test, other.staff('MANAGER'), { query, input })),
  );
  expect(outcomes.map(({ __typename }) => __typename).toSorted()).toEqual([
    'BookingDecided',
    'VersionConflict',
  ]);
});

it.each([
  ['no reason to deny', DENY_REVIEWED, { reason: '  ' }],
  ['a reason without end', DENY_REVIEWED, { reason: 'x'.repeat(501) }],
  ['a zero character', APPROVE_REVIEWED, { reason: 'a\u0000b' }],
  ['an id that is none', APPROVE_REVIEWED, { bookingId: 'all' }],
  ['no time to decide', SET_POLICY, { decideWithinMinutes: 4 }],
  ['a year to decide', SET_POLICY, { decideWithinMinutes: 525_600 }],
])('[DET-10] refuses %s', async (_what, query, wrong) => {
  const decision = { bookingId: waiting.id, expectedVersion: waiting.version, reason: 'Because.' };
  const input =
    query === SET_POLICY
      ? { whenOverdue: 'RELEASE', expectedVersion: 0, ...wrong }
      : { ...decision, ...wrong };
  await expect(mutate(test, business.staff('MANAGER'), { query, input })).rejects.toThrow(/^BAD_INPUT/);
});

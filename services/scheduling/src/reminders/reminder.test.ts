import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { onMessageDecided, onMessageSent } from './on-message-outcome.ts';
import { remind } from './send-reminder.job.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  test.woken.length = 0;
  business = await openBusiness(test);
  client = await business.client();
});

const reminders = () =>
  test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ id: string; state: string; reason: string | null; message_id: string | null }>(
      'SELECT id, state, reason, message_id FROM reminder ORDER BY due_at',
    ),
  );
const asked = async () =>
  (await eventsOf(test.database, business.organizationId, 'message.requested')).filter(
    ({ template }) => template === 'booking-reminder',
  );
const wake = async () => {
  for (const { id } of test.woken)
    await remind(test.scheduling, { organizationId: business.organizationId, reminderId: id });
};
const tell = (allowed: boolean, messageId: string, reason: string) =>
  test.database.transaction(business.organizationId, async (tx) => {
    const [request] = await asked();
    if (!request) throw new Error('no reminder was asked for');
    await onMessageDecided(tx, {
      ...request,
      messageId,
      allowed,
      reason,
      receiptId: allowed ? randomUUID() : null,
    });
  });

it('[BOK-09] asks for consent at the hour of the day before, once, however often and early it is woken', async () => {
  // Over the spring change: the reminder keeps the wall clock, 25 hours would be an hour off.
  test.clock.set('2027-03-20T05:00:00Z');
  await book(test, client, { ...business, startsAt: '2027-03-28T09:00:00.000Z' });
  expect(test.woken.map(({ dueAt }) => dueAt.toISOString())).toEqual(['2027-03-27T10:00:00.000Z']);
  await wake();
  expect(await asked()).toEqual([]);
  test.clock.set('2027-03-27T10:00:00Z');
  await Promise.all([wake(), wake(), wake()]);
  await wake();
  expect(await asked()).toMatchObject([
    {
      recipient: { kind: 'CLIENT', id: client.accountId },
      purpose: 'booking.reminder',
      basis: 'consent',
      notAfter: '2027-03-28T09:00:00.000Z',
      parameters: { startsAt: '2027-03-28T09:00:00.000Z', timeZone: 'Europe/London', serviceName: 'An hour' },
    },
  ]);
});

it('[BOK-09] is not sent for a booking that was cancelled or has moved', async () => {
  const gone = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const moved = await book(test, client, { ...business, startsAt: '2027-02-10T12:00:00.000Z' });
  await mutate(test, client, { query: CANCEL, input: { bookingId: gone.id, expectedVersion: 2 } });
  const later = { bookingId: moved.id, expectedVersion: 2, startsAt: '2027-02-20T12:00:00.000Z' };
  await mutate(test, client, { query: RESCHEDULE, input: later });
  test.clock.set('2027-02-09T12:00:00Z');
  await wake();
  expect(await asked()).toEqual([]);
  expect((await reminders()).map(({ state, reason }) => [state, reason])).toEqual([
    ['DROPPED', 'CANCELLED'],
    ['DROPPED', 'RESCHEDULED'],
    ['WAITING', null],
  ]);
  test.clock.set('2027-02-19T12:00:00Z');
  await wake();
  expect(await asked()).toMatchObject([{ parameters: { startsAt: '2027-02-20T12:00:00.000Z' } }]);
});

it('[BOK-09] looks at the booking again when it is due, and is dropped when that has begun', async () => {
  const booking = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  // As if the drop had been forgotten: the handler must not trust the row alone.
  await mutate(test, client, { query: CANCEL, input: { bookingId: booking.id, expectedVersion: 2 } });
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(`UPDATE reminder SET state = 'WAITING', reason = NULL`),
  );
  await book(test, client, { ...business, startsAt: '2027-02-10T12:00:00.000Z' });
  test.clock.set('2027-02-10T13:00:00Z');
  await wake();
  expect((await reminders()).map(({ state, reason }) => [state, reason])).toEqual([
    ['DROPPED', 'NOT_CONFIRMED'],
    ['DROPPED', 'TOO_LATE'],
  ]);
  expect(await asked()).toEqual([]);
});

it('[BOK-09] notes what compliance decided and what identity sent', async () => {
  await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  await book(test, client, { ...business, startsAt: '2027-02-10T12:00:00.000Z' });
  test.clock.set('2027-02-09T12:00:00Z');
  await wake();
  const [first, second] = await reminders();
  await tell(false, first?.message_id ?? '', 'NO_CONSENT');
  await tell(true, second?.message_id ?? '', 'CONSENT_GIVEN');
  expect((await reminders()).map(({ state }) => state)).toEqual(['REFUSED', 'REQUESTED']);
  await test.database.transaction(business.organizationId, (tx) =>
    onMessageSent(tx, { messageId: second?.message_id ?? '', template: 'booking-reminder', sentAt: MONDAY }),
  );
  expect((await reminders()).map(({ state, reason }) => [state, reason])).toEqual([
    ['REFUSED', 'NO_CONSENT'],
    ['SENT', null],
  ]);
});

it('does not remind of what was booked at shorter notice than a day', async () => {
  await book(test, client, { ...business, startsAt: '2027-02-01T12:00:00.000Z' });
  expect(await reminders()).toEqual([]);
});

it('[BOK-09] calls back a reminder that is under way when its booking moves, and none that has left', async () => {
  const left = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const underWay = await book(test, client, { ...business, startsAt: '2027-02-10T12:00:00.000Z' });
  test.clock.set('2027-02-09T12:00:00Z');
  await wake();
  const [first, second] = await reminders();
  await test.database.transaction(business.organizationId, (tx) =>
    onMessageSent(tx, {
      messageId: first?.message_id ?? '',
      template: 'booking-reminder',
      sentAt: test.clock().toISOString(),
    }),
  );
  for (const { id } of [left, underWay])
    await mutate(test, client, { query: CANCEL, input: { bookingId: id, expectedVersion: 2 } });
  const recipient = { kind: 'CLIENT', id: client.accountId };
  expect(await eventsOf(test.database, business.organizationId, 'message.withdrawn')).toEqual([
    { messageId: second?.message_id, recipient },
  ]);
});

const SET = `mutation ($input: SetReminderPolicyInput!) { setReminderPolicy(input: $input) { __typename
  ... on ReminderPolicySet { policy { minutesBefore quietHours { start end } } } } }`;
const READ = `query ($serviceId: ID) { reminderPolicy(serviceId: $serviceId) { minutesBefore quietHours { start end } } }`;

it('[BOK-09] reminds as the business wants it: by service, else by organization, else a day before', async () => {
  const manager = business.staff('MANAGER');
  const { serviceId } = business;
  const read = async () => (await test.ask(manager, READ, { serviceId })).data?.['reminderPolicy'];
  expect(await read()).toEqual({ minutesBefore: [1440], quietHours: { start: '21:00', end: '08:00' } });
  const everywhere = { minutesBefore: [60], quietHours: null };
  await mutate(test, manager, { query: SET, input: everywhere });
  expect(await read()).toEqual(everywhere);
  const own = { minutesBefore: [120, 10_080, 1440], quietHours: { start: '22:00', end: '07:00' } };
  const set = await mutate(test, manager, { query: SET, input: { serviceId, ...own } });
  expect(set['policy']).toEqual({ ...own, minutesBefore: [10_080, 1440, 120] });
  await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  expect(test.woken.map(({ dueAt }) => dueAt.toISOString())).toEqual([
    '2027-02-03T10:00:00.000Z',
    '2027-02-09T10:00:00.000Z',
    '2027-02-10T08:00:00.000Z',
  ]);
});

it('reminds on the clock of the client, where identity has told it', async () => {
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(`UPDATE client SET time_zone = 'America/Los_Angeles' WHERE id = $1`, [client.accountId]),
  );
  await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  // 10:00 in London is 02:00 there: nine in the evening before.
  expect(test.woken.map(({ dueAt }) => dueAt.toISOString())).toEqual(['2027-02-09T05:00:00.000Z']);
});

it.each([
  [{ minutesBefore: [14] }],
  [{ minutesBefore: [43_201] }],
  [{ minutesBefore: [60, 60] }],
  [{ minutesBefore: [15, 16, 17, 18, 19, 20] }],
  [{ minutesBefore: [60], quietHours: { start: '25:00', end: '08:00' } }],
  [{ minutesBefore: [60], quietHours: { start: '08:00', end: '08:00' } }],
])('refuses reminders that cannot be meant: %j', async (input) => {
  const set = mutate(test, business.staff('MANAGER'), { query: SET, input });
  await expect(set).rejects.toThrow(/BAD_INPUT/);
});

it('only a manager says when clients are reminded', async () => {
  for (const caller of [client, business.provider(), business.staff('FRONT_DESK'), business.anonymous()])
    await expect(mutate(test, caller, { query: SET, input: { minutesBefore: [60] } })).rejects.toThrow();
});

// The hole: somebody who left goes on reading clients' appointments by a calendar feed, a link they made or a device that opens
// sealed notes, or is booked anew although nobody will be there (ACC-05, LAW-31).
import { randomUUID } from 'node:crypto';
import { readFeed } from '../calendar-feeds/read-feed.ts';
import { CREATE_LINK, LOOK, NOT_VALID } from '../links/link-operations-for-tests.ts';
import { book, hold, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { newDevice } from '../sealed-notes/app-for-tests.ts';
import { READ, REGISTER, type Recipient } from '../sealed-notes/devices-for-tests.ts';
import { onStaffJoined } from './on-staff-joined.ts';
import { onStaffOffboarded } from './on-staff-offboarded.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(() => test.clock.set(MONDAY));

const FEED = `mutation ($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) { __typename
  ... on CalendarFeedOpened { path } } }`;

const offboard = (organizationId: string, staffMemberId: string, offboardingId = randomUUID()) =>
  test.database.transaction(organizationId, (tx) =>
    onStaffOffboarded(tx, {
      id: randomUUID(),
      name: 'staff.offboarded',
      organizationId,
      publisher: 'identity',
      occurredAt: test.clock(),
      receivedAt: test.clock(),
      payload: { staffMemberId, offboardingId },
    }),
  );

it('[ACC-05] [LAW-31] ends feeds, links, devices and offers of somebody who left; appointments stay, and are listed', async () => {
  const business = await openBusiness(test);
  const [client, provider, manager] = [
    await business.client(),
    business.provider(),
    business.staff('MANAGER'),
  ];
  const booking = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const feed = await mutate(test, provider, { query: FEED, input: { idempotencyKey: randomUUID() } });
  const feedToken = String(feed['path']).slice('/calendars/'.length, -'.ics'.length);
  const atTheDesk = { ...provider, roles: ['PROVIDER', 'FRONT_DESK'] as const };
  const link = await mutate(test, atTheDesk, {
    query: CREATE_LINK,
    input: { bookingId: booking.id, actions: ['VIEW'] },
  });
  const look = () => test.ask(business.anonymous(), LOOK, { token: link['token'] });
  const { kty, crv, x } = (await newDevice()).jwk;
  await mutate(test, provider, { query: REGISTER, input: { kty, crv, x, deviceName: 'Telephone' } });
  const recipients = async () => {
    const { data } = await test.ask(client, READ, { id: booking.id });
    return (data as { booking: { noteRecipients: Recipient[] } }).booking.noteRecipients.length;
  };
  expect((await look()).errors).toEqual([]);
  expect(await readFeed(test.scheduling, feedToken)).not.toBeNull();
  expect(await recipients()).toBe(1);

  const { organizationId, providerId } = business;
  const offboardingId = randomUUID();
  await offboard(organizationId, providerId, offboardingId);
  const [answer] = await eventsOf(test.database, organizationId, 'offboarding.answered');
  expect(answer).toEqual({
    staffMemberId: providerId,
    offboardingId,
    counts: {
      calendarFeeds: 1,
      calendarConnections: 0,
      links: 1,
      noteKeys: 1,
      sealedNotes: 0,
      offers: 1,
      appointmentsToReassign: 1,
    },
  });
  expect(await readFeed(test.scheduling, feedToken)).toBeNull();
  const [refusal] = (await look()).errors;
  expect(`${refusal?.extensions?.code}: ${refusal?.message}`).toMatch(NOT_VALID);
  expect(await recipients()).toBe(0);
  const again = await hold(test, client, { ...business, startsAt: '2027-02-11T10:00:00.000Z' });
  expect(again.__typename).not.toBe('SlotHold');
  const listed = await test.ask(manager, '{ bookings(toReassign: true) { nodes { id status } } }');
  expect(listed.data?.['bookings']).toEqual({ nodes: [{ id: booking.id, status: 'CONFIRMED' }] });
});

it('stays so when the news of their joining comes late', async () => {
  const business = await openBusiness(test);
  const staffMemberId = randomUUID();
  await offboard(business.organizationId, staffMemberId);
  const [row] = await test.database.transaction(business.organizationId, async (tx) => {
    await onStaffJoined(tx, { staffMemberId, roles: ['PROVIDER'] });
    return tx.query<{ active: boolean }>('SELECT active FROM provider WHERE id = $1', [staffMemberId]);
  });
  expect(row).toEqual({ active: false });
});

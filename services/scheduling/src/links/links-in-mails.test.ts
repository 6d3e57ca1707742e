import { generateKeyPairSync } from 'node:crypto';
import { findBooking } from '../bookings/find-booking.ts';
import { book, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { remind } from '../reminders/send-reminder.job.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { linkForMail } from './link-for-mail.ts';
import { CANCEL_BY_LINK, COME_BY_LINK, CREATE_LINK } from './link-operations-for-tests.ts';
import { LOOK, MOVE_BY_LINK, openSealed } from './link-operations-for-tests.ts';

const { publicKey: sealingKey, privateKey } = generateKeyPairSync('x25519');
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ manageLinks: { sealingKey, publicUrl: 'https://book.example' } });
});
afterAll(() => test.stop());

it('[BOK-05] each mail, that of the reminder too, has a link that works; of more than five the oldest end', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const { id: bookingId } = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const look = async (token: string) => {
    const { data, errors } = await test.ask(business.anonymous(), LOOK, { token });
    return { shown: (data as { bookingByLink?: object } | null)?.bookingByLink, error: errors[0] };
  };
  for (const version of [2, 3]) {
    test.clock.set(`2027-02-0${version}T05:00:00.000Z`);
    const startsAt = `2027-02-1${version}T10:00:00.000Z`;
    await mutate(test, client, {
      query: RESCHEDULE,
      input: { bookingId, expectedVersion: version, startsAt },
    });
  }
  test.clock.set('2027-02-12T10:00:00.000Z');
  const { organizationId } = business;
  for (const { id, organizationId: whose } of test.woken)
    if (whose === organizationId) await remind(test.scheduling, { organizationId, reminderId: id });
  const opened = (
    await openSealed(await eventsOf(test.database, organizationId, 'message.requested'), privateKey)
  ).map(({ token }) => token);
  expect(opened).toHaveLength(4);
  for (const token of opened) expect((await look(token)).shown).toMatchObject({ version: 4 });
  test.clock.set('2027-02-12T11:00:00.000Z');
  await test.database.transaction(organizationId, async (tx) => {
    const booking = await findBooking(tx, bookingId);
    if (!booking) throw new Error('the booking is there');
    for (let mail = 0; mail < 2; mail++)
      await linkForMail(tx, test.scheduling, { booking, now: test.clock() });
  });
  expect((await look(opened[0] ?? '')).error?.message).toMatch(/does not work/);
  const come = await mutate(test, business.anonymous(), {
    query: COME_BY_LINK,
    input: { token: opened[2], expectedVersion: 4 },
  });
  expect(come).toMatchObject({ booking: { attendanceConfirmedAt: test.clock().toISOString() } });
  const { data } = await test.ask(
    business.provider(),
    'query ($id: ID!) { booking(id: $id) { attendanceConfirmedAt } }',
    { id: bookingId },
  );
  expect(data).toEqual({ booking: { attendanceConfirmedAt: test.clock().toISOString() } });
});

it('[LOG-06] what was done by a link stands in the history: by which link, when, from which time to which', async () => {
  test.clock.set('2027-02-01T05:00:00.000Z');
  const business = await openBusiness(test);
  const client = await business.client();
  const [before, after] = ['2027-02-10T10:00:00.000Z', '2027-02-11T10:00:00.000Z'];
  const { id: bookingId } = await book(test, client, { ...business, startsAt: before });
  const made = await mutate(test, client, { query: CREATE_LINK, input: { bookingId } });
  const { token, link } = made as unknown as { token: string; link: { id: string } };
  const byLink = (query: string, input: object) =>
    mutate(test, business.anonymous(), { query, input: { token, ...input } });
  test.clock.advance(60_000);
  await byLink(MOVE_BY_LINK, { startsAt: after, expectedVersion: 2 });
  test.clock.advance(60_000);
  await byLink(CANCEL_BY_LINK, { expectedVersion: 3 });
  const { data } = await test.ask(
    business.staff('MANAGER'),
    `query ($id: ID!) { bookingHistory(bookingId: $id) {
      action at channel linkId actorId oldStartsAt newStartsAt newStatus } }`,
    { id: bookingId },
  );
  const byThisLink = { channel: 'LINK', linkId: link.id, actorId: null };
  expect(data?.['bookingHistory']).toMatchObject([
    { action: 'slot_held', linkId: null },
    { action: 'booking_confirmed', linkId: null },
    { ...byThisLink, at: '2027-02-01T05:01:00.000Z', oldStartsAt: before, newStartsAt: after },
    { ...byThisLink, at: '2027-02-01T05:02:00.000Z', newStatus: 'CANCELLED' },
  ]);
});

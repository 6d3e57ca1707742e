import { generateKeyPairSync } from 'node:crypto';
import { findBooking } from '../bookings/find-booking.ts';
import { book, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { remind } from '../reminders/send-reminder.job.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { linkForMail } from './link-for-mail.ts';
import { COME_BY_LINK, LOOK, openSealed } from './link-operations-for-tests.ts';

let test: TestScheduling;
afterAll(() => test.stop());

it('[BOK-05] each mail, that of the reminder too, has a link that works; of more than five the oldest end', async () => {
  const { publicKey: sealingKey, privateKey } = generateKeyPairSync('x25519');
  test = await startTestScheduling({ manageLinks: { sealingKey, publicUrl: 'https://book.example' } });
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

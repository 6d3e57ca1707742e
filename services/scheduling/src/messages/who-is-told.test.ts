import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { CHECK_IN, REASSIGN } from '../bookings/life-for-tests.ts';
import { lockBooking } from '../bookings/find-booking.ts';
import { openChangeFeed, type ChangeFeed, type News } from '../changes/change-feed.ts';
import { book, CANCEL, mutate, NO_SHOW, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { LINK_ACTIONS, makeLink } from '../links/manage-link.ts';
import { addProvider } from '../providers/on-staff-joined.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { eventually } from '@kept/testing';
import { onContactChanged } from './on-contact-changed.ts';
import { tellBothSides } from './tell-both-sides.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
let colleague: string;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test);
  client = await business.client();
  colleague = randomUUID();
  await test.database.transaction(business.organizationId, async (tx) => {
    await addProvider(tx, { id: colleague, timeZone: 'Europe/London' });
    await tx.query(
      `INSERT INTO service_provider (organization_id, service_id, provider_id) VALUES ($1, $2, $3)`,
      [business.organizationId, business.serviceId, colleague],
    );
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, $2, day, 480, 1200 FROM generate_series(0, 6) AS day`,
      [business.organizationId, colleague],
    );
  });
});

const TEN = '2027-02-10T10:00:00.000Z';
async function told(after = 0) {
  const all = await eventsOf(test.database, business.organizationId, 'message.requested');
  return all.slice(after).map(({ recipient, template, parameters, attachment }) => ({
    who: recipient.id,
    template,
    startsAt: parameters['startsAt'],
    method: /^METHOD:(\w+)/m.exec(attachment?.content ?? '')?.[1],
  }));
}
const reassign = (bookingId: string, more: object = {}) =>
  mutate(test, business.staff('MANAGER'), {
    query: REASSIGN,
    input: { bookingId, expectedVersion: 2, providerId: colleague, ...more },
  });

it('[BOK-06] a change of hands is told to the client, to whoever has it now and to whoever had it, in its transaction', async () => {
  const booking = await book(test, client, { ...business, startsAt: TEN });
  const before = (await told()).length;
  expect((await reassign(booking.id)).__typename).toBe('BookingRescheduled');
  const template = 'provider-changed';
  expect(await told(before)).toEqual([
    { who: client.accountId, template, startsAt: TEN, method: 'REQUEST' },
    { who: colleague, template, startsAt: TEN, method: 'REQUEST' },
    { who: business.providerId, template, startsAt: TEN, method: 'CANCEL' },
  ]);
});

it('[BOK-06] with another time as well, the new time is the news, and who had it hears of the time they knew', async () => {
  const booking = await book(test, client, { ...business, startsAt: TEN });
  const before = (await told()).length;
  const noon = '2027-02-10T12:00:00.000Z';
  await reassign(booking.id, { startsAt: noon });
  expect(await told(before)).toEqual([
    { who: client.accountId, template: 'booking-rescheduled', startsAt: noon, method: 'REQUEST' },
    { who: colleague, template: 'booking-rescheduled', startsAt: noon, method: 'REQUEST' },
    { who: business.providerId, template: 'provider-changed', startsAt: TEN, method: 'CANCEL' },
  ]);
});

it('[BOK-06] everybody who gives the appointment is told, once each, and rooms are not', async () => {
  const booking = await book(test, client, { ...business, startsAt: TEN });
  const room = randomUUID();
  await test.database.transaction(business.organizationId, async (tx) => {
    await tx.query(`INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'ROOM')`, [
      room,
      business.organizationId,
    ]);
    await tx.query(
      `INSERT INTO booking_resource (organization_id, booking_id, resource_id, kind, role)
       VALUES ($1, $2, $3, 'STAFF', 'CO_PROVIDER'), ($1, $2, $4, 'ROOM', 'ROOM')`,
      [business.organizationId, booking.id, colleague, room],
    );
  });
  const before = (await told()).length;
  await mutate(test, client, { query: CANCEL, input: { bookingId: booking.id, expectedVersion: 2 } });
  expect((await told(before)).map(({ who }) => who).toSorted()).toEqual(
    [client.accountId ?? '', business.providerId, colleague].toSorted(),
  );
});

it('[BOK-06] a change that is rolled back tells nobody', async () => {
  const booking = await book(test, client, { ...business, startsAt: TEN });
  const before = (await told()).length;
  const failing = test.database.transaction(business.organizationId, async (tx) => {
    const locked = await lockBooking(tx, booking.id);
    if (locked === null) throw new Error('the booking is there');
    await tellBothSides(tx, locked, { template: 'booking-rescheduled', now: test.clock() });
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  expect(await told(before)).toEqual([]);
});

it('[BOK-06] links in mails to another address open nothing once the client is written to elsewhere', async () => {
  const { organizationId } = business;
  const [mine, other] = [
    await book(test, client, { ...business, startsAt: TEN }),
    await book(test, await business.client(), { ...business, startsAt: '2027-02-11T10:00:00.000Z' }),
  ];
  const links = await test.database.transaction(organizationId, async (tx) => {
    for (const { id } of [mine, other]) {
      const booking = await lockBooking(tx, id);
      if (booking === null) throw new Error('the booking is there');
      await makeLink(tx, {
        booking,
        actions: LINK_ACTIONS,
        madeFor: 'MAIL',
        expiresAt: null,
        now: test.clock(),
      });
    }
    await onContactChanged(tx, { clientId: client.accountId ?? '' }, test.clock());
    return tx.query<{ booking_id: string; over: boolean }>(
      'SELECT booking_id, revoked_at IS NOT NULL AS over FROM manage_link',
    );
  });
  expect(Object.fromEntries(links.map((link) => [link.booking_id, link.over]))).toEqual({
    [mine.id]: true,
    [other.id]: false,
  });
});

describe('a live calendar hears at once, and of ids alone, that', () => {
  let feed: ChangeFeed;
  const heard: News['changes'][number][] = [];
  let leave: () => void;
  beforeAll(async () => {
    feed = openChangeFeed({
      database: test.database,
      clock: test.clock,
      log: test.scheduling.log,
      pollMs: 20,
    });
    let begun = false;
    leave = feed.listen(({ changes }) => {
      begun = true;
      heard.push(...changes);
    });
    await eventually(() => begun);
  });
  afterAll(async () => {
    leave();
    await feed.stop();
  });
  const ours = () => heard.filter(({ organizationId }) => organizationId === business.organizationId);
  const hears = async (work: () => Promise<unknown>, expected: readonly object[]) => {
    const before = ours().length;
    await work();
    await eventually(() => ours().length >= before + expected.length);
    // Those of one transaction come in any order.
    const fresh = ours().slice(before);
    expect(fresh).toHaveLength(expected.length);
    expect(fresh).toEqual(expect.arrayContaining(expected.map((one) => expect.objectContaining(one))));
  };

  it('a booking was moved, given to somebody else, checked in and closed', async () => {
    const booking = await book(test, client, { ...business, startsAt: TEN });
    const bookingId = booking.id;
    await eventually(() => ours().length === 2);
    const { providerId } = business;
    const change = (whose: string) => ({ kind: 'booking', bookingId, providerId: whose });
    const eleven = { bookingId, expectedVersion: 2, startsAt: '2027-02-10T11:00:00.000Z' };
    await hears(() => mutate(test, client, { query: RESCHEDULE, input: eleven }), [change(providerId)]);
    await hears(() => reassign(bookingId, { expectedVersion: 3 }), [change(colleague), change(providerId)]);
    test.clock.set('2027-02-10T11:05:00.000Z');
    const desk = business.staff('FRONT_DESK');
    const next = (expectedVersion: number) => ({ bookingId, expectedVersion });
    await hears(() => mutate(test, desk, { query: CHECK_IN, input: next(4) }), [change(colleague)]);
    const other = await book(test, client, { ...business, startsAt: '2027-02-11T10:00:00.000Z' });
    // Held and confirmed are two transactions, and may be heard at two looks.
    await eventually(() => ours().filter((change) => change.bookingId === other.id).length === 2);
    test.clock.set('2027-02-11T12:00:00.000Z');
    const missed = { bookingId: other.id, expectedVersion: 2 };
    await hears(() => mutate(test, desk, { query: NO_SHOW, input: missed }), [{ bookingId: other.id }]);
  });

  it('somebody is away, the business is closed, and neither any more', async () => {
    const { organizationId, providerId } = business;
    const inTransaction = (sql: string) =>
      test.database.transaction(organizationId, (tx) => tx.query(sql, [organizationId]));
    const absence = { organizationId, kind: 'absence', bookingId: null, providerId };
    const closure = { organizationId, kind: 'closure', bookingId: null, providerId: null };
    const away = `INSERT INTO time_off (id, organization_id, provider_id, starts_at, ends_at, created_at)
      VALUES (gen_random_uuid(), $1, '${providerId}', '2027-03-01T00:00Z', '2027-03-02T00:00Z', now())`;
    const closed = `INSERT INTO organization_closure (id, organization_id, name, starts_at, ends_at, created_at)
      VALUES (gen_random_uuid(), $1, 'A holiday', '2027-03-01T00:00Z', '2027-03-02T00:00Z', now())`;
    await hears(() => inTransaction(away), [absence]);
    await hears(() => inTransaction(closed), [closure]);
    await hears(() => inTransaction('DELETE FROM time_off WHERE organization_id = $1'), [absence]);
    await hears(
      () => inTransaction('DELETE FROM organization_closure WHERE organization_id = $1'),
      [closure],
    );
  });
});

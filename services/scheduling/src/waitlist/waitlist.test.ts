import type { Caller } from '@kept/passport';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { book, CANCEL, hold, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { ACCEPT, DECLINE, entriesOf, join, LEAVE, look, wake } from './waitlist-for-tests.ts';

const SLOT = '2027-02-03T10:00:00.000Z';

let test: TestScheduling;
let business: TestBusiness;
let staff: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());
/** Open on one day from ten to eleven: there is one time, and it is taken. */
beforeEach(async () => {
  test.clock.set(MONDAY);
  await openWithOneTime();
});
let taken: { id: string; version: number };
let owner: Caller;
async function openWithOneTime(terms: Parameters<typeof openBusiness>[1] = {}): Promise<void> {
  business = await openBusiness(test, { slotIntervalMinutes: 60, ...terms });
  staff = business.staff('FRONT_DESK');
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE weekly_rule SET day_of_week = 3, start_minute = 600, end_minute = 660'),
  );
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('DELETE FROM weekly_rule w WHERE w.id <> (SELECT id FROM weekly_rule ORDER BY id LIMIT 1)'),
  );
  owner = await business.client();
  if (terms.depositMinor == null) taken = await book(test, owner, { ...business, startsAt: SLOT });
}
const free = () =>
  mutate(test, owner, { query: CANCEL, input: { bookingId: taken.id, expectedVersion: taken.version } });
const waiters = async (count: number): Promise<Caller[]> => {
  const callers: Caller[] = [];
  for (let index = 0; index < count; index += 1) {
    const caller = await business.client();
    expect(await join(test, caller, { business })).toMatchObject({ __typename: 'WaitlistJoined' });
    test.clock.set(new Date(test.clock().getTime() + 1000));
    callers.push(caller);
  }
  return callers;
};
const offerTo = async (caller: Caller | undefined) => {
  if (caller === undefined) throw new Error('there is no such caller');
  return (await entriesOf(test, caller))[0]?.offer ?? null;
};
const templates = async () =>
  (await eventsOf(test.database, business.organizationId, 'message.requested'))
    .filter(({ template }) => template.startsWith('waitlist'))
    .map(({ template, recipient }) => [template, recipient.id]);

it('[scheduling F13] a time that becomes free is kept for whoever waits longest, who takes it', async () => {
  const [first, second] = await waiters(2);
  await wake(test, business);
  expect(await offerTo(first)).toBeNull();
  await free();
  await wake(test, business);
  const offer = await offerTo(first);
  // A quarter of the two days and five hours that are left, but no more than twelve hours.
  expect(offer).toMatchObject({ answerBy: '2027-02-01T17:00:02.000Z', hold: { startsAt: SLOT } });
  expect(await offerTo(second)).toBeNull();
  // It is a real hold: nobody else gets the time, the second in line included.
  const rival = await hold(test, await business.client(), { ...business, startsAt: SLOT });
  expect(rival.__typename).toBe('SlotUnavailable');
  const accepted = await mutate(test, first as Caller, { query: ACCEPT, input: { offerId: offer?.id } });
  expect(accepted).toMatchObject({ booking: { status: 'CONFIRMED', startsAt: SLOT } });
  expect((await entriesOf(test, staff)).map(({ status }) => status)).toEqual(['WAITING', 'BOOKED']);
  expect(await templates()).toEqual([['waitlist-offer', first?.accountId]]);
});

it('[scheduling F13] whoever declines keeps their place and is not asked about that time again; the next in line is', async () => {
  const [first, second] = await waiters(2);
  await free();
  await wake(test, business);
  const offer = await offerTo(first);
  const declined = await mutate(test, first as Caller, { query: DECLINE, input: { offerId: offer?.id } });
  expect(declined).toMatchObject({ entry: { status: 'WAITING', place: 1 } });
  await wake(test, business);
  expect(await offerTo(first)).toBeNull();
  expect(await offerTo(second)).toMatchObject({ hold: { startsAt: SLOT } });
  expect(await mutate(test, first as Caller, { query: ACCEPT, input: { offerId: offer?.id } })).toMatchObject(
    {
      __typename: 'HoldExpired',
    },
  );
});

it('[scheduling F13] whoever lets an offer lapse goes behind all who have not, and the third time waits no longer', async () => {
  const [first, second] = await waiters(2);
  await free();
  await wake(test, business);
  const { answerBy, id } = (await offerTo(first)) ?? { answerBy: '', id: '' };
  test.clock.set(answerBy);
  expect(await mutate(test, first as Caller, { query: ACCEPT, input: { offerId: id } })).toMatchObject({
    __typename: 'HoldExpired',
  });
  await wake(test, business);
  expect(await offerTo(second)).toMatchObject({ hold: { startsAt: SLOT } });
  const order = await entriesOf(test, staff);
  expect(order.map(({ client }) => client.id)).toEqual([second?.accountId, first?.accountId]);
  expect(await templates()).toEqual([
    ['waitlist-offer', first?.accountId],
    ['waitlist-offer-ended', first?.accountId],
    ['waitlist-offer', second?.accountId],
  ]);
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(`UPDATE waitlist_entry SET lapses = 2 WHERE client_id = $1`, [second?.accountId]),
  );
  test.clock.set((await offerTo(second))?.answerBy ?? '');
  await wake(test, business);
  expect((await entriesOf(test, second as Caller)).map(({ status }) => status)).toEqual(['ENDED']);
});

it('[scheduling F13] several workers at once offer a time to one, and nobody two', async () => {
  await waiters(4);
  await free();
  const offers = await Promise.all([look(test, business), look(test, business), look(test, business)]);
  expect(offers.toSorted()).toEqual([0, 0, 1]);
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `SELECT (SELECT count(*)::int FROM waitlist_offer) AS offers,
              (SELECT count(*)::int FROM waitlist_entry WHERE status = 'OFFERED') AS offered`,
    ),
  );
  expect(row).toEqual({ offers: 1, offered: 1 });
});

it('[scheduling F13] is kept by PostgreSQL as well: one open offer for an entry, no time offered twice, none after the appointment', async () => {
  const [first] = await waiters(1);
  await free();
  await wake(test, business);
  const copy = (change: string) =>
    test.database.transaction(business.organizationId, (tx) =>
      tx.query(
        `INSERT INTO waitlist_offer SELECT (jsonb_populate_record(o, ($1::text)::jsonb)).* FROM waitlist_offer o`,
        [change],
      ),
    );
  const fresh = { id: crypto.randomUUID(), booking_id: taken.id };
  const refusal = (constraint: string) => ({ driverError: { constraint } });
  await expect(copy(JSON.stringify({ ...fresh, starts_at: '2027-02-04T10:00:00Z' }))).rejects.toMatchObject(
    refusal('one_open_offer_per_entry'),
  );
  await expect(
    copy(JSON.stringify({ ...fresh, status: 'LAPSED', settled_at: '2027-02-02T10:00:00Z' })),
  ).rejects.toMatchObject(refusal('one_offer_per_entry_and_time'));
  await expect(copy(JSON.stringify({ ...fresh, starts_at: '2027-02-01T05:00:00Z' }))).rejects.toMatchObject(
    refusal('offers_end_before_the_appointment'),
  );
  expect(await offerTo(first)).not.toBeNull();
});

it('finds what nobody told of: new hours, and a hold of somebody else that ran out', async () => {
  const [first, second] = await waiters(2);
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query('UPDATE weekly_rule SET end_minute = 720'),
  );
  const rival = await hold(test, await business.client(), {
    ...business,
    startsAt: '2027-02-03T11:00:00.000Z',
  });
  expect(rival.__typename).toBe('SlotHold');
  await wake(test, business);
  expect(await offerTo(first)).toBeNull();
  test.clock.set('2027-02-01T06:00:00Z');
  await wake(test, business);
  expect(await offerTo(first)).toMatchObject({ hold: { startsAt: '2027-02-03T11:00:00.000Z' } });
  expect(await offerTo(second)).toBeNull();
});

it('offers only what suits: the days, the time of day on their own wall, the provider', async () => {
  const wishes = [
    { windows: [{ from: '2027-02-04', to: '2027-02-09' }] },
    { latest: '10:00' },
    { earliest: '10:30' },
    // Ten o’clock in London is five in the morning in New York.
    { timeZone: 'America/New_York', earliest: '09:00' },
    { seats: 2 },
  ];
  for (const more of wishes) await join(test, await business.client(), { business, ...more });
  await free();
  expect(await look(test, business)).toBe(0);
  const suited = await business.client();
  await join(test, suited, { business, timeZone: 'America/New_York', earliest: '05:00', latest: '05:01' });
  expect(await look(test, business)).toBe(1);
  expect(await offerTo(suited)).not.toBeNull();
});

it('offers nothing when there is too little time to answer before the notice that the service needs', async () => {
  await openWithOneTime({ minimumLeadMinutes: 24 * 60 });
  await waiters(1);
  test.clock.set('2027-02-02T09:45:01Z');
  await free();
  expect(await look(test, business)).toBe(0);
  test.clock.set('2027-02-02T09:45:00Z');
  expect(await look(test, business)).toBe(1);
  const [entry] = await entriesOf(test, staff);
  expect(entry?.offer?.answerBy).toBe('2027-02-02T10:00:00.000Z');
});

it('with a deposit the payment takes the time, and the entry ends with it', async () => {
  await openWithOneTime({ depositMinor: 2000 });
  const [first] = await waiters(1);
  await wake(test, business);
  const offer = await offerTo(first);
  expect(offer?.hold.quote).not.toBeNull();
  const accept = { query: ACCEPT, input: { offerId: offer?.id } };
  expect(await mutate(test, first as Caller, accept)).toMatchObject({ depositDue: { amountMinor: 2000 } });
  await test.database.transaction(business.organizationId, async (tx) => {
    const [kept] = await tx.query<{ booking_id: string }>('SELECT booking_id FROM waitlist_offer');
    await onPaymentAuthorized(tx, test.scheduling, {
      paymentId: crypto.randomUUID(),
      bookingId: kept?.booking_id ?? '',
      holdId: offer?.hold.id ?? '',
      clientId: first?.accountId ?? '',
      amountMinor: 2000,
      currency: 'GBP',
    });
  });
  expect(await entriesOf(test, first as Caller)).toMatchObject([{ status: 'BOOKED', offer: null }]);
});

it('waits no longer once the client has booked such a time otherwise, has left, or the last day is over', async () => {
  const [booker, leaver, sleeper] = await waiters(3);
  await free();
  await book(test, booker as Caller, { ...business, startsAt: SLOT });
  expect(await entriesOf(test, booker as Caller)).toMatchObject([{ status: 'BOOKED' }]);
  const [entry] = await entriesOf(test, leaver as Caller);
  const leave = { entryId: entry?.id, expectedVersion: entry?.version };
  expect(await mutate(test, leaver as Caller, { query: LEAVE, input: leave })).toMatchObject({
    entry: { status: 'LEFT' },
  });
  expect(await mutate(test, leaver as Caller, { query: LEAVE, input: leave })).toMatchObject({
    __typename: 'VersionConflict',
  });
  test.clock.set('2027-02-08T00:00:00Z');
  await wake(test, business);
  expect(await entriesOf(test, sleeper as Caller)).toMatchObject([{ status: 'ENDED' }]);
});

it('whoever leaves while a time is kept for them gives it to the next', async () => {
  const [first, second] = await waiters(2);
  await free();
  await wake(test, business);
  const [entry] = await entriesOf(test, first as Caller);
  const input = { entryId: entry?.id, expectedVersion: entry?.version };
  expect(await mutate(test, first as Caller, { query: LEAVE, input })).toMatchObject({
    entry: { status: 'LEFT' },
  });
  await wake(test, business);
  expect(await offerTo(second)).toMatchObject({ hold: { startsAt: SLOT } });
});

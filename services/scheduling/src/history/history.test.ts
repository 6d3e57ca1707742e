import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const FIELDS =
  'version action at channel actorId linkId oldStatus newStatus oldStartsAt newStartsAt oldProviderId newProviderId';

it('[LOG-06] says who did what to an appointment, when, by which way, from which time to which', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const desk = business.staff('FRONT_DESK');
  const [wednesday, thursday] = ['2027-02-03T10:00:00.000Z', '2027-02-04T10:00:00.000Z'];
  const { id } = await book(test, client, { ...business, startsAt: wednesday });
  test.clock.advance(60_000);
  const move = { bookingId: id, startsAt: thursday, expectedVersion: 2 };
  await mutate(test, client, { query: RESCHEDULE, input: move });
  test.clock.advance(60_000);
  await mutate(test, desk, { query: CANCEL, input: { bookingId: id, expectedVersion: 3 } });
  const query = `query ($id: ID!) { bookingHistory(bookingId: $id) { ${FIELDS} } }`;
  const { data, errors } = await test.ask(business.staff('MANAGER'), query, { id });
  expect(errors).toEqual([]);
  const slot = (at: string) => ({ newStartsAt: at, newProviderId: business.providerId, linkId: null });
  expect(data?.['bookingHistory']).toMatchObject([
    {
      version: 1,
      action: 'slot_held',
      channel: 'APP',
      actorId: client.accountId,
      oldStatus: null,
      oldStartsAt: null,
      ...slot(wednesday),
    },
    { version: 2, action: 'booking_confirmed', channel: 'APP', newStatus: 'CONFIRMED', ...slot(wednesday) },
    {
      version: 3,
      action: 'booking_rescheduled',
      at: '2027-02-01T05:01:00.000Z',
      channel: 'APP',
      actorId: client.accountId,
      oldStartsAt: wednesday,
      oldProviderId: business.providerId,
      ...slot(thursday),
    },
    {
      version: 4,
      action: 'booking_cancelled',
      at: '2027-02-01T05:02:00.000Z',
      channel: 'STAFF',
      actorId: desk.accountId,
      oldStatus: 'CONFIRMED',
      newStatus: 'CANCELLED',
      ...slot(thursday),
    },
  ]);
  // The audit trail, which compliance keeps, tells the same story.
  const trail = await eventsOf(test.database, business.organizationId, 'audit.recorded');
  expect(
    trail.map(({ action, actor, details }) => [action, actor.id, details['version'], details['channel']]),
  ).toEqual([
    ['slot_held', client.accountId, '1', 'APP'],
    ['booking_confirmed', client.accountId, '2', 'APP'],
    ['booking_rescheduled', client.accountId, '3', 'APP'],
    ['booking_cancelled', desk.accountId, '4', 'STAFF'],
  ]);
});

it('[LOG-06] lets clients see what was done with their own appointment, but not by whom of the staff', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const { id } = await book(test, client, { ...business, startsAt: '2027-02-03T10:00:00.000Z' });
  await mutate(test, business.staff('MANAGER'), {
    query: CANCEL,
    input: { bookingId: id, expectedVersion: 2 },
  });
  const own = await test.ask(
    client,
    'query ($id: ID!) { booking(id: $id) { history { action channel actorId } } }',
    { id },
  );
  const booking = own.data?.['booking'] as { history: { action: string; actorId: string | null }[] } | null;
  const history = booking?.history ?? [];
  expect(history.map(({ action }) => action)).toEqual([
    'slot_held',
    'booking_confirmed',
    'booking_cancelled',
  ]);
  expect(history.every(({ actorId }) => actorId === null)).toBe(true);
  const all =
    'query ($id: ID!) { bookingHistory(bookingId: $id) { version } bookingHistoryProof(bookingId: $id) { intact } }';
  for (const caller of [client, business.staff('FRONT_DESK'), business.provider(), business.anonymous()]) {
    const { data, errors } = await test.ask(caller, all, { id });
    expect(data).toEqual({ bookingHistory: null, bookingHistoryProof: null });
    expect(errors.map(({ extensions }) => extensions?.code)).toContain('UNAUTHORIZED_FIELD_OR_TYPE');
  }
  // Of another organization not even compliance learns whether there is such a booking.
  const other = await openBusiness(test);
  const { errors } = await test.ask(other.staff('COMPLIANCE'), all, { id });
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
});

import type { Caller } from '@kept/passport';
import { PEOPLE_MAX } from '../reviews/judge-booking.ts';
import { queueOf } from '../reviews/reviews-for-tests.ts';
import { mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { bookFor, listChild, REMOVE_DEPENDENT, SET_ATTENDEES } from './attendees-for-tests.ts';
import { DEPENDENTS_A_YEAR, DEPENDENTS_MAX } from './dependents.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
beforeEach(async () => {
  business = await openBusiness(test);
  client = await business.client();
});
afterAll(() => test.stop());

const slotNumber = (index: number) =>
  `2027-02-0${3 + Math.floor(index / 6)}T${String(8 + (index % 6) * 2).padStart(2, '0')}:00:00.000Z`;
const stranger = (index: number) => ({
  name: `Person ${'ABCDEFGHIJ'[index] ?? ''}`,
  phone: `+44 20 7946 10${10 + index}`,
});

it('[INC-12] one person who books for more and more different people is put before a manager, with what to do', async () => {
  const outcomes = [];
  for (let index = 0; index <= PEOPLE_MAX; index += 1) {
    outcomes.push(
      await bookFor(
        test,
        { client, business },
        { startsAt: slotNumber(index), attendees: [stranger(index)] },
      ),
    );
  }
  expect(outcomes).toEqual([...Array.from({ length: PEOPLE_MAX }, () => 'CONFIRMED'), 'PENDING_REVIEW']);
  expect(await queueOf(test, business.staff('MANAGER'))).toMatchObject([
    { runbook: 'docs/operations.md#one-person-books-for-many', reasons: [{ code: 'MANY_PEOPLE' }, {}] },
  ]);
});

it('[INC-12] at once, or with other spellings and one telephone, it is found all the same', async () => {
  const attendees = Array.from({ length: PEOPLE_MAX + 1 }, (_, index) => ({ name: `Person ${index}` }));
  expect(await bookFor(test, { client, business }, { startsAt: slotNumber(0), attendees })).toBe(
    'PENDING_REVIEW',
  );
  const other = await business.client();
  const phones = Array.from({ length: PEOPLE_MAX + 1 }, (_, index) => ({
    name: 'Ada',
    phone: `020 7946 20${10 + index}`,
  }));
  expect(
    await bookFor(test, { client: other, business }, { startsAt: slotNumber(1), attendees: phones }),
  ).toBe('PENDING_REVIEW');
});

it('[INC-12] one friend in many spellings is one friend', async () => {
  const spellings = [
    'Ada Lovelace',
    'LOVELACE, Ada',
    'ada  lovelace',
    'Ádá Lovelace',
    'Ada-Lovelace',
    'lovelace ada',
  ];
  for (const [index, name] of spellings.entries())
    expect(
      await bookFor(test, { client, business }, { startsAt: slotNumber(index), attendees: [{ name }] }),
    ).toBe('CONFIRMED');
});

it(`[INC-12] a family of ${DEPENDENTS_MAX} on the list books for all of them and raises nothing`, async () => {
  const children: string[] = [];
  for (let index = 0; index < DEPENDENTS_MAX; index += 1)
    children.push(await listChild(test, client, `Child ${'ABCDEFGHIJ'[index] ?? ''}`));
  expect(await listChild(test, client, 'One too many')).toBe('LimitReached');
  const all = children.map((dependentId) => ({ dependentId }));
  expect(await bookFor(test, { client, business }, { startsAt: slotNumber(0), attendees: all })).toBe(
    'CONFIRMED',
  );
  for (const [index, attendee] of all.entries())
    expect(
      await bookFor(test, { client, business }, { startsAt: slotNumber(index + 1), attendees: [attendee] }),
    ).toBe('CONFIRMED');
  expect(await queueOf(test, business.staff('MANAGER'))).toEqual([]);
});

it('[INC-12] staff book for a whole class and raise nothing; what they wrote does not count against the client', async () => {
  const by = business.staff('FRONT_DESK');
  const attendees = Array.from({ length: 20 }, (_, index) => ({ name: `Pupil ${index}` }));
  expect(await bookFor(test, { client, by, business }, { startsAt: slotNumber(0), attendees })).toBe(
    'CONFIRMED',
  );
  expect(
    await bookFor(test, { client, business }, { startsAt: slotNumber(1), attendees: [stranger(1)] }),
  ).toBe('CONFIRMED');
});

it('[INC-12] a list that changes with every booking is none: so many may come and go within a year', async () => {
  for (let added = 0; added < DEPENDENTS_A_YEAR; added += 1) {
    const dependentId = await listChild(test, client, `Child ${added}`);
    const removed = await mutate(test, client, { query: REMOVE_DEPENDENT, input: { dependentId } });
    expect(removed).toMatchObject({ removed: true });
  }
  expect(await listChild(test, client, 'Another')).toBe('LimitReached');
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query('SELECT count(name)::int AS named, count(*)::int AS counted FROM dependent'),
  );
  expect(rows).toEqual([{ named: 0, counted: DEPENDENTS_A_YEAR }]);
  test.clock.advance(366 * 86_400_000);
  expect(await listChild(test, client, 'Next year')).toMatch(/^[0-9a-f-]{36}$/);
  test.clock.advance(-366 * 86_400_000);
});

it('shows who comes to the client, the provider and the desk, and telephone numbers not to the provider', async () => {
  const child = await listChild(test, client, 'Zoë أحمد 🌱');
  const startsAt = slotNumber(0);
  const attendees = [{ dependentId: child }, { name: 'Ada', phone: '+44 20 7946 0018' }];
  await bookFor(test, { client, business }, { startsAt, attendees });
  const who = '{ bookings { nodes { attendees { position name phone relation } } } }';
  const expected = [
    { position: 1, name: 'Zoë أحمد 🌱', phone: null, relation: 'CHILD' },
    { position: 2, name: 'Ada', phone: '+442079460018', relation: null },
  ];
  for (const caller of [client, business.staff('FRONT_DESK'), business.staff('MANAGER')])
    expect((await test.ask(caller, who)).data).toEqual({ bookings: { nodes: [{ attendees: expected }] } });
  const seen = await test.ask(business.provider(), '{ bookings { nodes { attendees { name phone } } } }');
  expect(seen.data).toEqual({
    bookings: {
      nodes: [
        {
          attendees: [
            { name: 'Zoë أحمد 🌱', phone: null },
            { name: 'Ada', phone: null },
          ],
        },
      ],
    },
  });
  expect(seen.errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
});

it('is changed by clients while they book, and afterwards by staff', async () => {
  await bookFor(test, { client, business }, { startsAt: slotNumber(0), attendees: [{ name: 'Ada' }] });
  const { data } = await test.ask(client, '{ bookings { nodes { id version } } }');
  const page = data?.['bookings'] as { nodes: { id: string; version: number }[] } | null | undefined;
  const booking = page?.nodes[0];
  const input = { bookingId: booking?.id, expectedVersion: booking?.version, attendees: [{ name: 'Grace' }] };
  expect(await mutate(test, client, { query: SET_ATTENDEES, input })).toMatchObject({
    code: 'ONLY_BY_STAFF',
  });
  expect(await mutate(test, business.staff('FRONT_DESK'), { query: SET_ATTENDEES, input })).toMatchObject({
    __typename: 'AttendeesSet',
    booking: { attendees: [{ name: 'Grace' }] },
  });
});

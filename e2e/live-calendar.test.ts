// A calendar on the wall of a practice: it changes when somebody books, without anybody pressing anything, and it shows
// nobody anything that they could not have asked for.
import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { addCard, authorize, freeTimes, holdSlot, statusOf } from './book.ts';
import { bookingOperations as operations } from './booking-operations.ts';
import { watch, type LiveQuery } from './event-stream.ts';
import { newKey } from './graph.ts';
import { Person } from './person.ts';
import { FOLLOW_UP, openStack, PROVIDER, RIVERSIDE, settles, type Stack } from './stack.ts';

interface Calendar {
  bookings: {
    nodes: {
      id: string;
      status: string;
      startsAt: string;
      checkedInAt?: string | null;
      client?: { displayName: string | null } | null;
    }[];
  } | null;
}
const CALENDAR = `query WallCalendar { bookings(first: 50) { nodes { id status startsAt client { displayName } paymentState } } }`;
const OWN = `query MyBookings { bookings(first: 50) { nodes { id status startsAt } } }`;

let stack: Stack;
let client: Person;
let provider: Person;
beforeAll(async () => {
  stack = await openStack();
  client = await person('client');
  provider = await person('provider');
});
afterAll(async () => stack?.stop());

const person = (key: string) => new Person(stack, stack.account(key)).signIn();
const shows = (
  calendar: LiveQuery<Calendar>,
  id: string,
  seen: { status?: string; startsAt?: string; checkedInAt?: string },
) =>
  eventually(
    () => {
      const nodes = calendar.answers.at(-1)?.bookings?.nodes ?? [];
      const last = calendar.errors.at(-1)?.extensions.code;
      expect({ ...nodes.find((node) => node.id === id), last, over: calendar.completed }).toMatchObject({
        ...seen,
        over: false,
      });
      return true;
    },
    { withinMs: 90_000 },
  );
const begun = async <Data>(stream: LiveQuery<Data>) => {
  await eventually(() => stream.answers.length > 0, { withinMs: 10_000 });
  return stream;
};

it('changes when a client books, moves and cancels, over all services that it is made of', async () => {
  const calendar = await begun(watch<Calendar>(stack.graphUrl, provider, CALENDAR));
  const neighbour = await begun(watch<Calendar>(stack.graphUrl, await person('northgate-manager'), OWN));
  const own = await begun(watch<Calendar>(stack.graphUrl, client, OWN));

  const [first = '', second = ''] = await freeTimes(stack, 3, 20);
  const hold = await holdSlot(client, first);
  await shows(calendar, hold.bookingId, { status: 'PENDING_PAYMENT', startsAt: first });
  await authorize(client, { hold, paymentMethodId: await addCard(stack, client) });
  await shows(calendar, hold.bookingId, { status: 'CONFIRMED' });
  const { displayName } = stack.account('client');
  expect(calendar.answers.at(-1)?.bookings?.nodes[0]?.client?.displayName).toBe(displayName);

  const { rescheduleBooking } = await client.tell<{ rescheduleBooking: { booking: { version: number } } }>(
    operations.reschedule,
    {
      input: {
        bookingId: hold.bookingId,
        startsAt: second,
        expectedVersion: await versionOf(hold.bookingId),
        idempotencyKey: newKey(),
      },
    },
  );
  await shows(calendar, hold.bookingId, { status: 'CONFIRMED', startsAt: second });
  await client.tell(operations.cancel, {
    input: {
      bookingId: hold.bookingId,
      expectedVersion: rescheduleBooking.booking.version,
      idempotencyKey: newKey(),
    },
  });
  await shows(calendar, hold.bookingId, { status: 'CANCELLED' });
  await shows(own, hold.bookingId, { status: 'CANCELLED' });
  // Another organization's calendar has had its first answer, and no other.
  expect([neighbour.answers.length, neighbour.errors]).toEqual([1, []]);
  for (const stream of [calendar, neighbour, own]) stream.leave();
});

it("never shows a client another one's booking, not even that there is one", async () => {
  const own = await begun(watch<Calendar>(stack.graphUrl, client, OWN));
  const staff = await begun(watch<Calendar>(stack.graphUrl, provider, CALENDAR));
  const other = randomUUID();
  await stack.inDatabase(
    'scheduling',
    'INSERT INTO client (id, organization_id, registered_at) VALUES ($1, $2, now())',
    [other, RIVERSIDE],
  );
  const frontDesk = await person('front-desk');
  const [startsAt = ''] = await freeTimes(stack, 5, 20);
  const before = own.answers.length;
  const { createSlotHold } = await frontDesk.tell<{ createSlotHold: { bookingId: string } }>(
    operations.hold,
    {
      input: {
        serviceId: FOLLOW_UP,
        providerId: PROVIDER,
        startsAt,
        clientId: other,
        idempotencyKey: newKey(),
      },
    },
  );
  await shows(staff, createSlotHold.bookingId, { status: 'PENDING_CONFIRMATION' });
  // The client's own booking comes behind it on the same line: what was sent about the other one would be here.
  const [ownTime = ''] = await freeTimes(stack, 5, 20);
  const mine = await holdSlot(client, ownTime);
  await shows(own, mine.bookingId, { status: 'PENDING_PAYMENT' });
  expect(own.answers.slice(before)).toHaveLength(1);
  expect(JSON.stringify(own.answers)).not.toContain(createSlotHold.bookingId);
  own.leave();
  staff.leave();
});

it('[gateway A22] is over within two seconds of signing out, and says why', async () => {
  const tablet = await person('provider');
  const calendar = await begun(watch<Calendar>(stack.graphUrl, tablet, CALENDAR));
  const other = await begun(watch<Calendar>(stack.graphUrl, provider, CALENDAR));
  await tablet.tell('mutation { signOut { endedAt } }');
  await eventually(() => calendar.completed, { withinMs: 2_500 });
  expect(calendar.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  expect(other.completed).toBe(false);
  other.leave();
});

it('goes on when scheduling was away for a moment, and shows what happened meanwhile', async () => {
  const calendar = await begun(watch<Calendar>(stack.graphUrl, await person('provider'), CALENDAR));
  const child = stack.local.process('scheduling');
  await child.kill('SIGKILL');
  await child.start();
  const [startsAt = ''] = await settled(() => freeTimes(stack, 7, 20));
  const hold = await holdSlot(client, startsAt);
  await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('PENDING_PAYMENT'));
  await shows(calendar, hold.bookingId, { status: 'PENDING_PAYMENT' });
  calendar.leave();
});

it('shows a provider their own and the front desk all of what is created, moved, cancelled and checked in', async () => {
  const colleague = randomUUID();
  const inScheduling = (sql: string) => stack.inDatabase('scheduling', sql, [RIVERSIDE, colleague]);
  await inScheduling(`INSERT INTO resource (id, organization_id, kind) VALUES ($2, $1, 'STAFF')`);
  await inScheduling(
    `INSERT INTO provider (id, organization_id, time_zone, active) VALUES ($2, $1, 'UTC', true)`,
  );
  await inScheduling(
    `INSERT INTO service_provider (organization_id, service_id, provider_id) VALUES ($1, '${FOLLOW_UP}', $2)`,
  );
  await inScheduling(
    `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
     SELECT gen_random_uuid(), $1, $2, day, 0, 1440 FROM generate_series(0, 6) AS day`,
  );
  const desk = await person('front-desk');
  const all = await begun(watch<Calendar>(stack.graphUrl, desk, OWN));
  const own = await begun(watch<Calendar>(stack.graphUrl, provider, OWN));
  const times = await freeTimes(stack, 9, 20);
  const book = async (providerId: string, startsAt = '') => {
    const input = {
      serviceId: FOLLOW_UP,
      providerId,
      startsAt,
      clientId: await clientId(),
      idempotencyKey: newKey(),
    };
    const { createSlotHold } = await desk.tell<{ createSlotHold: { id: string; bookingId: string } }>(
      operations.hold,
      { input },
    );
    await desk.tell(operations.confirm, { input: { holdId: createSlotHold.id, idempotencyKey: newKey() } });
    await shows(all, createSlotHold.bookingId, { status: 'CONFIRMED', startsAt });
    return createSlotHold.bookingId;
  };
  const theirs = await book(colleague, times[0]);
  const mine = await book(PROVIDER, times[0]);
  await shows(own, mine, { status: 'CONFIRMED' });
  const change = async (operation: string, bookingId: string, more: object = {}) =>
    desk.tell(operation, {
      input: { bookingId, expectedVersion: await versionOf(bookingId), idempotencyKey: newKey(), ...more },
    });
  for (const [id, at] of [
    [theirs, times[2]],
    [mine, times[4]],
  ] as const) {
    await change(operations.reschedule, id, { startsAt: at });
    await shows(all, id, { status: 'CONFIRMED', startsAt: at ?? '' });
  }
  await shows(own, mine, { status: 'CONFIRMED', startsAt: times[4] ?? '' });
  await change(operations.cancel, theirs);
  await shows(all, theirs, { status: 'CANCELLED' });
  // All of it has been told; nothing of the colleague's came to somebody who may not know of it.
  expect(JSON.stringify(own.answers)).not.toContain(theirs);
  for (const stream of [all, own]) stream.leave();

  await stack.clock.moveTo(new Date(Date.parse(times[4] ?? '') - 60 * 60_000));
  [client, provider] = [await person('client'), await person('provider')];
  const wall = await begun(watch<Calendar>(stack.graphUrl, provider, CHECKED_IN));
  await provider.tell(CHECK_IN, {
    input: { bookingId: mine, expectedVersion: await versionOf(mine), idempotencyKey: newKey() },
  });
  await shows(wall, mine, { checkedInAt: expect.any(String) as string });
  wall.leave();
});

const CHECKED_IN = `query Arrivals { bookings(first: 50) { nodes { id status checkedInAt } } }`;
const CHECK_IN = `mutation Arrive($input: CloseBookingInput!) { checkIn(input: $input) { __typename } }`;
const clientId = async (): Promise<string> =>
  (await client.tell<{ viewer: { id: string } }>('query Me { viewer { id } }')).viewer.id;

const settled = <Value>(ask: () => Promise<Value>) =>
  eventually(async () => ask().catch(() => null), { withinMs: 30_000 });

async function versionOf(bookingId: string): Promise<number> {
  const { booking } = await client.tell<{ booking: { version: number } }>(operations.booking, {
    id: bookingId,
  });
  return booking.version;
}

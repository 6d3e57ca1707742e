/**
 * The hole this keeps closed: a link goes on working in a mailbox that is no longer the client's, opens a second booking of the same
 * client, or tells its token to the next page that is visited.
 */
import { generateKeyPairSync } from 'node:crypto';
import { onContactChanged } from '../messages/on-contact-changed.ts';
import { book, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { CANCEL_BY_LINK, COME_BY_LINK, CREATE_LINK, LOOK } from './link-operations-for-tests.ts';
import { MOVE_BY_LINK, NOT_VALID, openSealed } from './link-operations-for-tests.ts';

const { publicKey: sealingKey, privateKey } = generateKeyPairSync('x25519');
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ manageLinks: { sealingKey, publicUrl: 'https://book.example' } });
});
afterAll(() => test.stop());

/** Two bookings of one client, each with the link of its mail, and one of another client's. */
async function openTwo() {
  test.clock.set('2027-02-01T05:00:00.000Z');
  const business = await openBusiness(test);
  const client = await business.client();
  const days = ['2027-02-10', '2027-02-11'];
  const bookings: string[] = [];
  for (const day of days)
    bookings.push((await book(test, client, { ...business, startsAt: `${day}T10:00:00.000Z` })).id);
  const other = await business.client();
  await book(test, other, { ...business, startsAt: '2027-02-12T10:00:00.000Z' });
  const { organizationId } = business;
  const sealed = await openSealed(
    await eventsOf(test.database, organizationId, 'message.requested'),
    privateKey,
  );
  const tokensOf = ({ accountId }: typeof client) =>
    sealed.flatMap(({ recipientId, token }) => (recipientId === accountId ? [token] : []));
  const anybody = business.anonymous();
  const look = async (token: string) => {
    const { data, errors } = await test.ask(anybody, LOOK, { token });
    const { bookingByLink } = (data ?? {}) as { bookingByLink?: { startsAt: string } | null };
    return bookingByLink?.startsAt ?? `${String(errors[0]?.extensions?.code)}: ${errors[0]?.message}`;
  };
  return { business, client, other, bookings, tokensOf, anybody, look };
}

it('[identity A38] once the client is written to elsewhere, no link of before opens anything, and those of others do', async () => {
  const { business, client, other, bookings, tokensOf, anybody, look } = await openTwo();
  const input = { bookingId: bookings[0] };
  const made = await mutate(test, client, { query: CREATE_LINK, input });
  const own = String(made['token']);
  const [, second = ''] = tokensOf(client);
  const [foreign = ''] = tokensOf(other);
  expect([await look(own), await look(second), await look(foreign)]).toEqual(
    ['10', '11', '12'].map((day) => `2027-02-${day}T10:00:00.000Z`),
  );
  await test.database.transaction(business.organizationId, (tx) =>
    onContactChanged(tx, { clientId: client.accountId ?? '' }, test.clock()),
  );
  for (const token of [own, ...tokensOf(client)]) {
    expect(await look(token)).toMatch(NOT_VALID);
    for (const [query, more] of [
      [CANCEL_BY_LINK, {}],
      [MOVE_BY_LINK, { startsAt: '2027-02-15T10:00:00.000Z' }],
      [COME_BY_LINK, {}],
    ] as const)
      await expect(
        mutate(test, anybody, { query, input: { token, expectedVersion: 2, ...more } }),
      ).rejects.toThrow(NOT_VALID);
  }
  expect(await look(foreign)).toBe('2027-02-12T10:00:00.000Z');
  const again = await mutate(test, client, { query: CREATE_LINK, input });
  expect(await look(String(again['token']))).toBe('2027-02-10T10:00:00.000Z');
});

it('[identity A38] a link says by itself which booking it is of: no other can be named beside it', async () => {
  const { client, bookings, tokensOf, anybody, look } = await openTwo();
  const [first = '', second = ''] = tokensOf(client);
  for (const more of [{ bookingId: bookings[1] }, { id: bookings[1] }]) {
    const input = { token: first, expectedVersion: 2, ...more };
    await expect(mutate(test, anybody, { query: CANCEL_BY_LINK, input })).rejects.toThrow(/BAD_INPUT/);
  }
  expect(
    await mutate(test, anybody, { query: CANCEL_BY_LINK, input: { token: first, expectedVersion: 2 } }),
  ).toMatchObject({
    __typename: 'CancelledByLink',
  });
  expect(await look(second)).toBe('2027-02-11T10:00:00.000Z');
  const states = await test.database.transaction(client.organizationId ?? '', (tx) =>
    tx.query('SELECT id, status FROM booking WHERE id = ANY ($1) ORDER BY starts_at', [bookings]),
  );
  expect(states).toEqual([
    { id: bookings[0], status: 'CANCELLED' },
    { id: bookings[1], status: 'CONFIRMED' },
  ]);
});

it('[identity A38] the token is in no part of the address that is sent anywhere: not to our server, not as a Referer', async () => {
  const { client, bookings } = await openTwo();
  const made = await mutate(test, client, { query: CREATE_LINK, input: { bookingId: bookings[0] } });
  const token = String(made['token']);
  const url = new URL(String(made['url']));
  expect(url.hash).toBe(`#${token}`);
  // What a browser sends and what it names as Referer is this (RFC 9110 §10.1.3).
  url.hash = '';
  expect(url.href).toBe('https://book.example/manage');
});

// Any process may die at any moment, without a word. What was promised stays promised, and nothing happens twice.
import { addCard, authorize, freeTimes, holdSlot, statusOf } from './book.ts';
import { newKey } from './graph.ts';
import { Person } from './person.ts';
import { openStack, settles, type Stack } from './stack.ts';

/** A dead worker's job comes back within 20 seconds, and what it leads to may have to wait for a sweep. */
const SETTLED_MS = 100_000;

let stack: Stack;
let client: Person;
let methodId: string;

beforeAll(async () => {
  stack = await openStack();
  client = await new Person(stack, stack.account('client')).signIn();
  methodId = await addCard(stack, client);
}, 180_000);
afterAll(async () => stack?.stop());

const paymentsOf = async (bookingId: string) => {
  const { data } = await client.ask<{ booking: { payments: { status: string }[] | null } | null }>(
    `query ($id: ID!) { booking(id: $id) { payments { status } } }`,
    { variables: { id: bookingId } },
  );
  return data?.booking?.payments ?? [];
};

it.each(['scheduling', 'payments', 'compliance', 'identity'] as const)(
  'kill -9 of %s after the deposit was authorised: the booking is confirmed and charged once',
  async (service) => {
    const [startsAt] = (await freeTimes(stack, 3, 20)).slice(4);
    const hold = await holdSlot(client, startsAt ?? '');
    expect(await authorize(client, { hold, paymentMethodId: methodId })).toBe('DepositAuthorized');
    await stack.local.process(service).kill('SIGKILL');
    await stack.local.process(service).restart();
    await settles(async () => {
      expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED');
      expect(await paymentsOf(hold.bookingId)).toEqual([{ status: 'CAPTURED' }]);
    }, SETTLED_MS);
  },
  180_000,
);

it('the same key after a lost answer gives the same payment, not a second one', async () => {
  const [startsAt] = (await freeTimes(stack, 3, 20)).slice(9);
  const hold = await holdSlot(client, startsAt ?? '');
  const key = newKey();
  const first = authorize(client, { hold, paymentMethodId: methodId, idempotencyKey: key }).catch(
    () => 'lost',
  );
  await stack.local.process('payments').kill('SIGKILL');
  await first;
  await stack.local.process('payments').restart();
  await settles(async () => {
    const again = await authorize(client, { hold, paymentMethodId: methodId, idempotencyKey: key });
    expect(again).toBe('DepositAuthorized');
  }, SETTLED_MS);
  await settles(async () => {
    expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED');
    expect(await paymentsOf(hold.bookingId)).toEqual([{ status: 'CAPTURED' }]);
  }, SETTLED_MS);
}, 180_000);

it('a part that is away is said, and the rest of the answer is there', async () => {
  const [startsAt] = (await freeTimes(stack, 3, 20)).slice(12);
  const hold = await holdSlot(client, startsAt ?? '');
  await authorize(client, { hold, paymentMethodId: methodId });
  await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'), SETTLED_MS);
  await stack.local.process('payments').kill('SIGKILL');
  const { data, errors } = await client.ask<{ booking: { status: string; paymentState: string | null } }>(
    `query ($id: ID!) { booking(id: $id) { status paymentState } }`,
    { variables: { id: hold.bookingId } },
  );
  expect(data?.booking).toEqual({ status: 'CONFIRMED', paymentState: null });
  expect(errors.map(({ extensions }) => extensions.code)).toContain('SUBGRAPH_UNAVAILABLE');
  await stack.local.process('payments').restart();
}, 180_000);

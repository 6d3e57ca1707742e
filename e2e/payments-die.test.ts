// Payments is killed, as the operating system would, while the processor has its request in hand: before it acts on it, or after.
// Everything in Redis goes with it. Afterwards the client is charged once, and the books say what the processor says.
import { createConnection } from 'node:net';
import { describeWithRedis, redisForTests, seededRandom, type TestRedis } from '@kept/testing';
import { addCard, authorize, freeTimes, holdSlot, seenBy, statusOf } from './book.ts';
import { bookingOperations } from './booking-operations.ts';
import { newKey } from './graph.ts';
import { Person } from './person.ts';
import { openStack, settles, type Stack } from './stack.ts';

interface Wire {
  id: string;
  status: string;
  amount_received: number;
  amount_capturable: number;
  metadata: { payment_id?: string };
}

describeWithRedis('kill -9 of payments while the processor has its request in hand', () => {
  let redis: TestRedis;
  let stack: Stack;
  let client: Person;
  let methodId: string;
  let startsAt: string[];

  beforeAll(async () => {
    const found = await redisForTests();
    if (!found) throw new Error('Redis was here a moment ago.');
    redis = found;
    stack = await openStack({ redisUrl: redis.url });
    client = await new Person(stack, stack.account('client')).signIn();
    methodId = await addCard(stack, client);
    // Far enough from each other that none overlaps another.
    startsAt = (await freeTimes(stack, 3, 20)).filter((_, at) => at % 9 === 3);
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    await redis?.stop();
  });

  const simulator = async <Answer>(path: string, init: RequestInit = {}): Promise<Answer> => {
    const headers = { authorization: 'Bearer sk_test_app' };
    const response = await fetch(`${stack.local.simulatorUrl}${path}`, { headers, ...init });
    return (await response.json()) as Answer;
  };
  const order = (fault: object) =>
    simulator('/simulator/faults', { method: 'POST', body: JSON.stringify(fault) });
  const asked = () => simulator<{ method: string; path: string }[]>('/simulator/requests');
  const flush = () => {
    if (!redis.own) return; // Somebody else's Redis is not ours to empty.
    const { hostname, port } = new URL(redis.url);
    const socket = createConnection({ host: hostname, port: Number(port || 6379) }, () =>
      socket.end('FLUSHALL\r\n'),
    );
  };

  /** Kills payments as soon as the processor has this request, and starts it again. */
  async function dieWith(request: RegExp, work: () => Promise<unknown>): Promise<void> {
    const seen = (await asked()).filter(({ method, path }) => request.test(`${method} ${path}`)).length;
    const answered = work().catch(() => 'lost');
    await settles(async () => {
      const now = (await asked()).filter(({ method, path }) => request.test(`${method} ${path}`));
      expect(now.length).toBeGreaterThan(seen);
    });
    await stack.local.process('payments').kill('SIGKILL');
    flush();
    await simulator('/simulator/faults', { method: 'DELETE' });
    await answered;
    await stack.local.process('payments').restart();
  }

  const paymentsOf = async (bookingId: string) => {
    const { data } = await client.ask<{
      booking: {
        payments: { id: string; status: string; refunded: { amountMinor: number } }[] | null;
      } | null;
    }>(`query ($id: ID!) { booking(id: $id) { payments { id status refunded { amountMinor } } } }`, {
      variables: { id: bookingId },
    });
    return data?.booking?.payments ?? [];
  };

  /** What the processor holds of a booking's payment: one intent that is alive, and so much taken. */
  async function atProcessor(bookingId: string) {
    const [payment] = await paymentsOf(bookingId);
    const { data } = await simulator<{ data: Wire[] }>('/v1/payment_intents?limit=100');
    const alive = data.filter(
      ({ metadata, status }) => metadata.payment_id === payment?.id && status !== 'canceled',
    );
    return { payment, alive: alive.map(({ status, amount_received: received }) => ({ status, received })) };
  }

  const ledgerIsOff = async () => {
    await stack.inDatabase(
      'payments',
      `DO $$ BEGIN IF EXISTS (SELECT FROM ledger_entry GROUP BY currency HAVING sum(amount_minor) <> 0)
         THEN RAISE EXCEPTION 'the ledger does not sum to zero'; END IF; END $$`,
      [],
    );
  };

  const all = (['slow', 'slow_answer'] as const).flatMap((fault) =>
    (['authorize', 'capture', 'refund'] as const).map((flow) => ({ flow, fault })),
  );
  // Each costs a restart: two in every run, all of them at night.
  const random = seededRandom(28);
  const sampled =
    process.env['KEPT_NIGHTLY'] === '1' ? all : [random.oneOf(all.slice(0, 3)), random.oneOf(all.slice(3))];

  it.each(sampled)(
    '[payments T28] $flow, $fault: charged once, given back once, and the books agree',
    async ({ flow, fault }) => {
      const hold = await holdSlot(client, startsAt.shift() ?? '');
      const slow = { kind: fault, times: 1, milliseconds: 4_000 };
      const key = newKey();
      const pay = () => authorize(client, { hold, paymentMethodId: methodId, idempotencyKey: key });
      if (flow === 'authorize') {
        await order({ ...slow, only: '/v1/payment_intents' });
        await dieWith(/^POST \/v1\/payment_intents$/, pay);
        await settles(async () => expect(await pay()).toBe('DepositAuthorized'), 60_000);
      } else if (flow === 'capture') {
        await order({ ...slow, only: '/v1/payment_intents/' });
        await dieWith(/^POST .*\/capture$/, pay);
      } else await pay();
      await settles(async () => {
        expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED');
        const { payment, alive } = await atProcessor(hold.bookingId);
        expect(payment?.status).toBe('CAPTURED');
        expect(alive).toEqual([{ status: 'succeeded', received: hold.depositDue.amountMinor }]);
      }, 90_000);
      if (flow === 'refund') {
        await order({ ...slow, only: '/v1/refunds' });
        const { booking } = await seenBy(client, hold.bookingId, 'version');
        const input = {
          bookingId: hold.bookingId,
          reason: 'ill',
          expectedVersion: booking?.version ?? 0,
          idempotencyKey: newKey(),
        };
        await dieWith(/^POST \/v1\/refunds$/, () => client.tell(bookingOperations.cancel, { input }));
        await settles(async () => {
          const [payment] = await paymentsOf(hold.bookingId);
          expect(payment?.refunded.amountMinor).toBe(hold.depositDue.amountMinor);
        }, 90_000);
        const [payment] = await paymentsOf(hold.bookingId);
        const { data } = await simulator<{ data: Wire[] }>('/v1/refunds?limit=100');
        expect(data.filter(({ metadata }) => metadata.payment_id === payment?.id)).toHaveLength(1);
      }
      await ledgerIsOff();
    },
    240_000,
  );
});

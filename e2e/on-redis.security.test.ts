// The same product with its queues on Redis. What clients confide is readable nowhere on its way: not in what Redis is
// sent, not in a log, not in the database's files or its write-ahead log. And Redis may vanish: it carries, no more. It does so
// together with payments, killed as the operating system would while the processor has its request in hand, before it acts on
// it or after: the client is charged once, and the books say what the processor says.
import { createConnection, type Socket } from 'node:net';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithRedis, redisForTests, seededRandom, type TestRedis } from '@kept/testing';
import pg from 'pg';
import { addCard, authorize, freeTimes, holdSlot, seenBy, statusOf } from './book.ts';
import { bookingOperations } from './booking-operations.ts';
import { newKey } from './graph.ts';
import { Person } from './person.ts';
import { openStack, RIVERSIDE, settles, type Stack } from './stack.ts';

interface Wire {
  id: string;
  status: string;
  amount_received: number;
  amount_capturable: number;
  metadata: { payment_id?: string };
}

/** Says something to Redis in its inline form and gathers what it answers, for as long as the socket is open. */
function tellRedis(url: string, command: string): { socket: Socket; heard: () => string } {
  const { hostname, port } = new URL(url);
  const chunks: Buffer[] = [];
  const socket = createConnection({ host: hostname, port: Number(port || 6379) }, () =>
    socket.write(`${command}\r\n`),
  );
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { socket, heard: () => Buffer.concat(chunks).toString('utf8') };
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

/** A text as it is, and as base64 would hold it at each of the three places where a group of bytes can begin. */
function spellings(text: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    // The first and last characters mix with what stands before and after.
    return bytes.toString('base64url').slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
  });
  return [text, ...encoded];
}

/** Files of the stack in which one of these texts stands as it was written. The mails are the one place for them. */
function filesWith(stack: Stack, texts: readonly string[]): string[] {
  return filesBelow(stack.local.directory)
    .filter((path) => !path.startsWith(join(stack.local.directory, 'mail')))
    .filter((path) => {
      const content = readFileSync(path);
      return texts.flatMap(spellings).some((text) => content.includes(text));
    });
}

async function checkpoint(stack: Stack): Promise<void> {
  const client = new pg.Client({ connectionString: stack.local.adminUrl });
  await client.connect();
  await client.query('CHECKPOINT');
  await client.end();
}

describeWithRedis('with queues on Redis', () => {
  const notes = 'canary-note-quince-marzipan';
  const phone = '+1 202 555 0181';
  const displayName = 'Canary Quetzalcoatl';
  const email = 'canary.person@client.example';
  let redis: TestRedis;
  let stack: Stack;
  let client: Person;
  let methodId: string;

  beforeAll(async () => {
    const found = await redisForTests();
    if (!found) throw new Error('Redis was here a moment ago.');
    redis = found;
    stack = await openStack({ redisUrl: redis.url });
    client = await new Person(stack, stack.account('client')).signIn();
    methodId = await addCard(stack, client);
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    await redis?.stop();
  });

  it('[ENC-02] a note, a name and a contact are nowhere in clear, from the moment they are entered', async () => {
    const monitor = tellRedis(redis.url, 'MONITOR');
    const newcomer = new Person(stack, {
      email,
      password: 'Tidal-Lantern-49-Orchard',
      organizationId: RIVERSIDE,
    });
    await newcomer.signUp({ displayName, phone });
    const [startsAt] = await freeTimes(stack, 3, 20);
    const hold = await holdSlot(client, startsAt ?? '', notes);
    await authorize(client, { hold, paymentMethodId: methodId });
    await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'));
    await checkpoint(stack);
    monitor.socket.destroy();
    // The search would find what is there: the queue has been seen at work, and so have the database's files.
    const carries = (text: string) => spellings(text).some((spelling) => monitor.heard().includes(spelling));
    expect(carries(hold.bookingId)).toBe(true);
    expect(filesWith(stack, ['First consultation']).length).toBeGreaterThan(0);
    const canaries = [notes, 'Quetzalcoatl', email, '555 0181', '2025550181'];
    expect(canaries.filter(carries)).toEqual([]);
    expect(filesWith(stack, canaries)).toEqual([]);
  });

  it('deleting everything in Redis in mid-flight loses nothing: the paid booking is confirmed', async () => {
    if (!redis.own) return; // Somebody else's Redis is not ours to empty.
    const [startsAt] = (await freeTimes(stack, 3, 20)).slice(5);
    const hold = await holdSlot(client, startsAt ?? '');
    const flushed = tellRedis(redis.url, 'FLUSHALL');
    expect(await authorize(client, { hold, paymentMethodId: methodId })).toBe('DepositAuthorized');
    tellRedis(redis.url, 'FLUSHALL').socket.unref();
    await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'), 90_000);
    expect(flushed.heard()).toContain('+OK');
    flushed.socket.destroy();
  }, 150_000);

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
    tellRedis(redis.url, 'FLUSHALL').socket.unref();
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
      const [startsAt] = (await freeTimes(stack, 3, 20)).slice(4);
      const hold = await holdSlot(client, startsAt ?? '');
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

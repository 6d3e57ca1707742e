// The same product with its queues on Redis. What clients confide is readable nowhere on its way: not in what Redis is
// sent, not in a log, not in the database's files or its write-ahead log. And Redis may vanish: it carries, no more.
import { createConnection, type Socket } from 'node:net';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithRedis, redisForTests, type TestRedis } from '@kept/testing';
import pg from 'pg';
import { addCard, authorize, freeTimes, holdSlot, statusOf } from './book.ts';
import { Person } from './person.ts';
import { openStack, RIVERSIDE, settles, type Stack } from './stack.ts';

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
  const phone = '+44 20 7946 0813';
  const displayName = 'Canary Quetzalcoatl';
  const email = 'canary.person@client.example';
  let redis: TestRedis;
  let stack: Stack;
  let client: Person;

  beforeAll(async () => {
    const found = await redisForTests();
    if (!found) throw new Error('Redis was here a moment ago.');
    redis = found;
    stack = await openStack({ redisUrl: redis.url });
    client = await new Person(stack, stack.account('client')).signIn();
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
    await authorize(client, { hold, paymentMethodId: await addCard(stack, client) });
    await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'));
    await checkpoint(stack);
    monitor.socket.destroy();
    // The search would find what is there: the queue has been seen at work, and so have the database's files.
    const carries = (text: string) => spellings(text).some((spelling) => monitor.heard().includes(spelling));
    expect(carries(hold.bookingId)).toBe(true);
    expect(filesWith(stack, ['First consultation']).length).toBeGreaterThan(0);
    const canaries = [notes, 'Quetzalcoatl', email, '7946 0813', '79460813'];
    expect(canaries.filter(carries)).toEqual([]);
    expect(filesWith(stack, canaries)).toEqual([]);
  });

  it('deleting everything in Redis in mid-flight loses nothing: the paid booking is confirmed', async () => {
    if (!redis.own) return; // Somebody else's Redis is not ours to empty.
    const methodId = await addCard(stack, client);
    const [startsAt] = (await freeTimes(stack, 3, 20)).slice(5);
    const hold = await holdSlot(client, startsAt ?? '');
    const flushed = tellRedis(redis.url, 'FLUSHALL');
    expect(await authorize(client, { hold, paymentMethodId: methodId })).toBe('DepositAuthorized');
    tellRedis(redis.url, 'FLUSHALL').socket.unref();
    await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'), 90_000);
    expect(flushed.heard()).toContain('+OK');
    flushed.socket.destroy();
  }, 150_000);
});

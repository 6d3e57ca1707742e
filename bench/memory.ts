// What does a whole Kept weigh? All processes of the embedded stack, PostgreSQL's backends and this launcher included, right
// after people have used every part of it: signing in with two factors, searching, holding, paying, confirming, reading,
// cancelling. The target is about RSS, so RSS as `ps` adds it decides, although it counts a page once for every process that
// maps it (some forty backends of PostgreSQL share one program and one set of buffers). The same memory with each page
// counted once (PSS, Linux only) is printed beside it: the distance between the two is sharing, not use.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@kept/local-stack';
import { confirmHold, freeSlots, holdSlot, signIn, type Ask } from './graph.ts';
import { withTemporaryStack } from './temporary-stack.ts';

const targetMebibytes = 1024;
const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

async function pay(ask: Ask, quote: string): Promise<void> {
  const { addPaymentMethod } = await ask<{ addPaymentMethod: { paymentMethod: { id: string } } }>(
    'mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) { __typename ... on PaymentMethodAdded { paymentMethod { id } } } }',
    { input: { token: 'pm_card_visa', idempotencyKey: randomUUID() } },
  );
  await ask('mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename } }', {
    input: { quote, paymentMethodId: addPaymentMethod.paymentMethod.id, idempotencyKey: randomUUID() },
  });
}

async function confirmedVersion(ask: Ask, id: string): Promise<number> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const { booking } = await ask<{ booking: { status: string; version: number } | null }>(
      'query ($id: ID!) { booking(id: $id) { status version } }',
      { id },
    );
    if (booking?.status === 'CONFIRMED') return booking.version;
    await pause(100);
  }
  throw new Error('The paid booking was not confirmed within 30 s.');
}

async function useEverything(stack: Stack): Promise<void> {
  const client = await signIn(stack, 'client');
  for (const slot of await freeSlots(client, { deposit: false, slotsMax: 20 })) {
    await confirmHold(client, (await holdSlot(client, slot)).id);
  }
  const [paid] = await freeSlots(client, { deposit: true, slotsMax: 1 });
  if (!paid) throw new Error('The demo offers no time with a deposit.');
  const hold = await holdSlot(client, paid);
  await pay(client, hold.quote ?? '');
  const expectedVersion = await confirmedVersion(client, hold.bookingId);
  for (const staff of ['provider', 'front-desk', 'manager']) {
    const ask = await signIn(stack, staff);
    await ask('{ bookings(first: 20) { nodes { id status startsAt client { displayName } } } }');
  }
  await cancel(client, hold.bookingId, expectedVersion);
}

const cancel = (client: Ask, bookingId: string, expectedVersion: number): Promise<unknown> =>
  client('mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename } }', {
    input: { bookingId, expectedVersion, reason: 'A benchmark', idempotencyKey: randomUUID() },
  });

export async function run() {
  const processes = await withTemporaryStack({}, async (stack) => {
    await useEverything(stack);
    return stack.memory();
  });
  const total = (of: 'rssBytes' | 'pssBytes'): number => processes.reduce((sum, one) => sum + one[of], 0);
  const all = { name: 'all', rssBytes: total('rssBytes'), pssBytes: total('pssBytes') };
  process.stdout.write(`${'MiB resident'.padEnd(32)} pages once   as ps adds them\n`);
  for (const { name, rssBytes, pssBytes } of [...processes, all]) {
    const columns = [String(mebibytes(pssBytes)).padStart(10), String(mebibytes(rssBytes)).padStart(17)];
    process.stdout.write(`${name.padEnd(32)} ${columns.join('')}\n`);
  }
  const figures = {
    rssMebibytes: mebibytes(all.rssBytes),
    pssMebibytes: mebibytes(all.pssBytes),
    processes: processes.length,
  };
  const ratio = Number((figures.rssMebibytes / targetMebibytes).toFixed(2));
  return { bench: 'memory', figures, ratio, target: 1, met: ratio <= 1 };
}

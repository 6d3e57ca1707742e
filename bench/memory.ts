// What does a whole Kept weigh on a person's machine? It is started as a person starts it, by `npm start`, and everything below
// that is counted: npm itself, the launcher with mailbox and payment simulator, five processes of the product, PostgreSQL with
// its backends. Only this benchmark is not. Before measuring, every part has been used: signing in with two factors, searching,
// holding, paying, confirming, reading, cancelling.
// Measured twice: at the end of that story, with every connection open, and at rest, 15 s after the last answer, when the pools
// have closed what they did not need for 10 s (pg's own default; nothing is changed for the benchmark). What it weighs at rest
// is compared with the target, since that is what it weighs nearly all day; the other figure is printed beside it.
// RSS as `ps` adds it decides, although it counts a page once for every process that maps it (some twenty backends of
// PostgreSQL share one program and one set of buffers). The same memory with each page counted once (PSS, Linux only) is beside
// it: the distance between the two is sharing, not use.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessMemory } from '@kept/local-stack';
import { confirmHold, freeSlots, holdSlot, signIn, type Ask, type Door } from './graph.ts';
import { withStartedKept } from './started-kept.ts';

const targetMebibytes = 1024;
const restMs = 15_000;
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

async function useEverything(stack: Door): Promise<void> {
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

interface Weight {
  rssMebibytes: number;
  pssMebibytes: number;
}

function printed(when: string, processes: ProcessMemory[]): Weight {
  const total = (of: 'rssBytes' | 'pssBytes'): number => processes.reduce((sum, one) => sum + one[of], 0);
  const all = { name: 'all', rssBytes: total('rssBytes'), pssBytes: total('pssBytes') };
  process.stdout.write(`${`MiB ${when}`.padEnd(32)} pages once   as ps adds them\n`);
  for (const { name, rssBytes, pssBytes } of [...processes, all]) {
    const columns = [String(mebibytes(pssBytes)).padStart(10), String(mebibytes(rssBytes)).padStart(17)];
    process.stdout.write(`${name.padEnd(32)} ${columns.join('')}\n`);
  }
  return { rssMebibytes: mebibytes(all.rssBytes), pssMebibytes: mebibytes(all.pssBytes) };
}

export async function run() {
  const [used, rested] = await withStartedKept(async (kept) => {
    await useEverything(kept);
    const used = await kept.memory();
    await pause(restMs);
    return [used, await kept.memory()] as const;
  });
  const inUse = printed('at the end of the story', used);
  const atRest = printed('at rest', rested);
  const figures = {
    ...atRest,
    inUseRssMebibytes: inUse.rssMebibytes,
    inUsePssMebibytes: inUse.pssMebibytes,
  };
  const ratio = Number((atRest.rssMebibytes / targetMebibytes).toFixed(2));
  return { bench: 'memory', figures, ratio, target: 1, met: atRest.rssMebibytes < targetMebibytes };
}

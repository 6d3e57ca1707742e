// What does it cost to take money through the graph, and to hold the books against the processor? Two parts, one run.
//
// 1. Authorize and capture: deposits of held slots are authorized through gateway and payments by one client, two at once, and
//    are done when the last one is captured (scheduling has confirmed by event, payments has captured by event). Beside it the
//    simulator alone, asked for the same (create and confirm an intent, capture it), two at once. A B A B, medians. The
//    ratio is simulator per second / graph per second: what sagas, books and two databases cost.
// 2. Reconciliation of 100,000 payments (`--small`: 2,000): stored by SQL and in the simulator's state, then a run over
//    everything in the payments process. Its memory at rest before and at the peak is printed; the peak may be at most
//    GROWTH_MAX mebibytes above, however many payments there are.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startStack, type Stack } from '@kept/local-stack';
import { freeSlots, holdSlot, signIn, type Ask } from './graph.ts';
import { capturedCount, fullRun, storeIntents, storePayments } from './payments/store.ts';
import { build } from './temporary-stack.ts';

// More than five in an hour by one client are looked at, rightly: the cardholder is asked, and nothing is measured.
const deposits = 2;
const rounds = 2;
const atOnce = 2;
const target = 25;
const GROWTH_MAX = 160;
const mebibyte = 1024 * 1024;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** How many per second, with so many at once. */
async function perSecond(works: (() => Promise<unknown>)[], until?: () => Promise<unknown>): Promise<number> {
  const waiting = [...works];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let work = waiting.pop(); work; work = waiting.pop()) await work();
    }),
  );
  await until?.();
  return works.length / ((performance.now() - startedAt) / 1_000);
}

const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  __typename ... on PaymentMethodAdded { paymentMethod { id } } } }`;
const AUTHORIZE = `mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename } }`;

async function throughGraph(stack: Stack, { ask, quotes }: { ask: Ask; quotes: string[] }): Promise<number> {
  const { addPaymentMethod } = await ask<{ addPaymentMethod: { paymentMethod: { id: string } } }>(ADD, {
    input: { token: 'pm_card_visa', idempotencyKey: randomUUID() },
  });
  const paymentMethodId = addPaymentMethod.paymentMethod.id;
  const before = await capturedCount(stack);
  const authorize = async (quote: string) => {
    const input = { quote, paymentMethodId, idempotencyKey: randomUUID() };
    const { authorizeDeposit } = await ask<{ authorizeDeposit: { __typename: string } }>(AUTHORIZE, {
      input,
    });
    if (authorizeDeposit.__typename !== 'DepositAuthorized')
      throw new Error(`Not authorized: ${authorizeDeposit.__typename}`);
  };
  const captured = async () => {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await pause(10)) {
      if ((await capturedCount(stack)) >= before + quotes.length) return;
    }
    throw new Error('Not everything was captured within two minutes.');
  };
  return perSecond(
    quotes.map((quote) => () => authorize(quote)),
    captured,
  );
}

async function atSimulator(simulatorUrl: string): Promise<number> {
  const post = async (path: string, form: Record<string, string>) => {
    const response = await fetch(`${simulatorUrl}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_of_the_benchmark', 'idempotency-key': randomUUID() },
      body: new URLSearchParams(form),
    });
    const answer = (await response.json()) as { id: string };
    if (response.status !== 200) throw new Error(`The simulator answered ${response.status}.`);
    return answer.id;
  };
  const customer = await post('customers', {});
  const method = await post('payment_methods/pm_card_visa/attach', { customer });
  const take = async () => {
    const intent = await post('payment_intents', {
      amount: '4500',
      currency: 'eur',
      customer,
      payment_method: method,
      capture_method: 'manual',
      confirm: 'true',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
    });
    await post(`payment_intents/${intent}/capture`, {});
  };
  return perSecond(Array.from({ length: deposits }, () => take));
}

async function measureTaking(stack: Stack) {
  const ask = await signIn(stack, 'client');
  const slots = await freeSlots(ask, { deposit: true, slotsMax: deposits * rounds });
  if (slots.length < deposits * rounds) throw new Error(`The demo offers only ${slots.length} times.`);
  const graph: number[] = [];
  const simulator: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const quotes: string[] = [];
    for (const slot of slots.splice(0, deposits)) quotes.push((await holdSlot(ask, slot)).quote ?? '');
    graph.push(await throughGraph(stack, { ask, quotes }));
    simulator.push(await atSimulator(stack.simulatorUrl));
  }
  return { graph: median(graph), simulator: median(simulator) };
}

async function memoryOfPayments(stack: Stack): Promise<number> {
  const processes = await stack.memory();
  return (processes.find(({ name }) => name === 'payments')?.rssBytes ?? 0) / mebibyte;
}

/** Looks on while the payments process does it by itself, as it does in every installation. */
async function measureReconciling(stack: Stack, count: number) {
  const before = await memoryOfPayments(stack);
  let peak = before;
  for (const deadline = Date.now() + 30 * 60_000; Date.now() < deadline; await pause(250)) {
    peak = Math.max(peak, await memoryOfPayments(stack));
    const run = await fullRun(stack);
    if (run?.state !== 'DONE') continue;
    if (run.lookedAt < count || run.incidents > 0 || run.repaired > 0)
      throw new Error(`The run is not what was stored: ${JSON.stringify(run)}`);
    return { before, peak, seconds: run.seconds ?? 0, lookedAt: run.lookedAt };
  }
  throw new Error('The run did not end within half an hour.');
}

/** A stack in a folder of its own, which goes on with what is there. */
async function during<T>(
  options: Parameters<typeof startStack>[0],
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  const stack = await startStack(options);
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

export async function run(words: readonly string[]) {
  const count = words.includes('--small') ? 2_000 : 100_000;
  await build();
  const directory = await mkdtemp(join(tmpdir(), 'kept-bench-'));
  const options = { directory, ports: 'free', sweepSeconds: 3_600, onProgress: say, onDeath: say } as const;
  try {
    const { taking, stored } = await during({ ...options, reconcileSeconds: 86_400 }, async (stack) => {
      const rates = await measureTaking(stack);
      say(`storing ${count.toLocaleString('en')} payments…`);
      return { taking: rates, stored: await storePayments(stack, count) };
    });
    storeIntents(directory, stored);
    const books = await during({ ...options, reconcileSeconds: 30 }, (stack) =>
      measureReconciling(stack, count),
    );
    const ratio = Number((taking.simulator / taking.graph).toFixed(2));
    const growth = books.peak - books.before;
    process.stdout.write(
      `authorize + capture: ${taking.graph.toFixed(1)} per second through the graph, ${taking.simulator.toFixed(1)} at the simulator alone: ${ratio} times\n` +
        `reconciliation of ${books.lookedAt} payments: ${books.seconds.toFixed(0)} s, ${books.before.toFixed(0)} MiB before, ${books.peak.toFixed(0)} MiB at the peak\n`,
    );
    const figures = {
      graphPerSecond: Number(taking.graph.toFixed(2)),
      simulatorPerSecond: Number(taking.simulator.toFixed(2)),
      payments: books.lookedAt,
      seconds: Number(books.seconds.toFixed(1)),
      rssBeforeMebibytes: Math.round(books.before),
      rssPeakMebibytes: Math.round(books.peak),
    };
    return { bench: 'payments', figures, ratio, target, met: ratio <= target && growth <= GROWTH_MAX };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

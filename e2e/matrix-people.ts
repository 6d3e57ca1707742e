// One person for each column of the access matrix, at a desk and with a phone, and rows that are and are not a client's own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCard, authorize, freeTimes, holdSlot, statusOf } from './book.ts';
import { consentToReminders } from './consent.ts';
import { newKey } from './graph.ts';
import { codeIn, mailArrives } from './mailbox.ts';
import type { Side } from './matrix-cells.ts';
import type { KnownIds } from './matrix-document.ts';
import { Person } from './person.ts';
import { CONSULTATION, openStack, PROVIDER, RIVERSIDE, settles, type Stack } from './stack.ts';

const PURPOSES = [
  'BOOKING_SERVICE',
  'BOOKING_REMINDER',
  'MARKETING_NEWS',
  'ACCOUNT_SECURITY',
  'PAYMENT',
  'ACCOUNTABILITY',
];
// The same person at a desk and on the way. Both apps may ask for everything: what is left is the role.
export const APPS = {
  web: { 'kept-client': 'portal' },
  mobile: { 'kept-client': 'pocket', 'kept-client-version': '2.1.0' },
} as const;
export type App = keyof typeof APPS;
const REGISTRY = {
  clients: [
    { id: 'portal', kind: 'web', purposes: { default: PURPOSES } },
    { id: 'pocket', kind: 'mobile', minimumVersion: '2.0.0', purposes: { default: PURPOSES } },
  ],
};

const FRESH_MS = 60_000;

export interface Crowd {
  readonly stack: Stack;
  readonly ids: Readonly<Record<Side, KnownIds>>;
  /** Null for the anonymous column. */
  personOf(column: string): Person | null;
  /**
   * Signs in, unless that was a moment ago: a token lives for five minutes, and each sign-in with a second factor takes half
   * a minute of the stack's clock.
   */
  signIn(column: string): Promise<void>;
  /** Signs in although that was a moment ago: after a session was ended. */
  signInAgain(column: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a stack of its own with two registered apps, and books for two clients; `people` gives each column its account. */
export async function openCrowd(people: People): Promise<Crowd> {
  const directory = mkdtempSync(join(tmpdir(), 'kept-matrix-'));
  const clientsFile = join(directory, 'clients.json');
  writeFileSync(clientsFile, JSON.stringify(REGISTRY));
  const stack = await openStack({ clientsFile });
  const stop = async () => {
    rmSync(directory, { recursive: true, force: true });
    await stack.stop();
  };
  try {
    return { ...(await gather(stack, people)), stop };
  } catch (error) {
    // Nobody else knows of it, and its processes would keep the run from ending.
    await stop();
    throw error;
  }
}

type People = Readonly<Record<string, string | null>>;

async function gather(stack: Stack, people: People): Promise<Omit<Crowd, 'stop'>> {
  const signedIn = new Map<string, Person>();
  const signedInAt = new Map<string, Date>();
  const signInAs = async (column: string): Promise<Person> => {
    const person = await new Person(stack, stack.account(people[column] ?? ''), APPS.web).signIn();
    signedIn.set(column, person);
    signedInAt.set(column, stack.clock.now());
    return person;
  };
  const client = await signInAs('client');
  const times = await freeTimes(stack, 3, 20);
  const ids = {
    own: await bookAndPay(stack, client, times[0]),
    foreign: await bookAndPay(stack, await newcomer(stack), times[8]),
  };
  const billing = await signInAs('billing');
  const refund = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;
  for (const { payment } of Object.values(ids)) {
    const input = { paymentId: payment, amountMinor: 100, reason: 'GOODWILL', idempotencyKey: newKey() };
    await billing.tell(refund, { input });
  }
  return {
    stack,
    ids,
    personOf: (column) => signedIn.get(column) ?? null,
    signIn: async (column) => {
      const age = stack.clock.now().getTime() - (signedInAt.get(column)?.getTime() ?? 0);
      if (people[column] && age > FRESH_MS) await signInAs(column);
    },
    signInAgain: async (column) => {
      if (people[column]) await signInAs(column);
    },
  };
}

async function newcomer(stack: Stack): Promise<Person> {
  const email = `stranger-${Date.now()}@client.example`;
  const account = { email, password: 'Tidal-Lantern-49-Orchard', organizationId: RIVERSIDE };
  const person = new Person(stack, account, APPS.web);
  const { flow } = await person.signUp({ displayName: 'Sylvia Stranger', phone: '+1 202 555 0142' });
  await person.confirmAddress(flow, codeIn(await mailArrives(stack.mailboxUrl, email, /code|confirm/i)));
  return person.signIn();
}

async function bookAndPay(stack: Stack, person: Person, startsAt: string | undefined): Promise<KnownIds> {
  const hold = await holdSlot(person, startsAt ?? '');
  await authorize(person, { hold, paymentMethodId: await addCard(stack, person) });
  await settles(async () => expect(await statusOf(person, hold.bookingId)).toBe('CONFIRMED'));
  type Booked = { booking: { payments: { id: string; status: string }[]; client: { id: string } } };
  const look = () =>
    person.tell<Booked>(`query ($id: ID!) { booking(id: $id) { payments { id status } client { id } } }`, {
      id: hold.bookingId,
    });
  await settles(async () => expect((await look()).booking.payments[0]?.status).toBe('CAPTURED'));
  const { booking } = await look();
  await consentToReminders(person);
  return {
    booking: hold.bookingId,
    bookingId: hold.bookingId,
    client: booking.client.id,
    payment: booking.payments[0]?.id ?? '',
    serviceId: CONSULTATION,
    providerId: PROVIDER,
  };
}

/** What comes before a flow that dies: a client of a business of their own, and how far their payment has come. */
import { randomUUID } from 'node:crypto';
import type { EventName, ReceivedEvent } from '@kept/events';
import type { Caller } from '@kept/passport';
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import type { MandateUse } from '../payment-methods/mandate.ts';
import { newsOf, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import { agree, decide, saidOf } from '../payments/life-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import { eventHandlers } from '../start-workers.ts';
import { sweep } from '../sweeping/sweep.ts';
import type { DyingPayments } from './dying-payments.ts';

export interface Scene {
  client: Caller;
  billing: Caller;
  organizationId: string;
  paymentMethodId: string;
  quote: Quote;
  paymentId: string;
  signedQuote: string;
  /** Of the request or the event under test: asked again and heard again with the same. */
  key: string;
  /** What else it is about: a second card, a fee, a dispute, a request, a visit to the card page. */
  otherId: string;
  openedAt: Date;
}

export interface Flow {
  name: string;
  /** The doors it goes through: `Mutation.x`, `event x`, `job x`. Every door of the service is in some flow. */
  doors: readonly string[];
  card?: string;
  before?(test: UnderTest, scene: Scene): Promise<unknown>;
  run(dying: DyingPayments, scene: Scene): Promise<unknown>;
  /** Whether nobody but the client brings it back: an answer that never came may stay unasked. */
  clients?: boolean;
  /** A job of its own that comes again after a death, besides the sweep. */
  again?(payments: UnderTest['payments'], scene: Scene): Promise<unknown>;
}

/** Hears an event as the inbox would, in one transaction of the process under test. */
export async function hear(
  { payments }: Pick<DyingPayments, 'payments'>,
  { organizationId, key }: Pick<Scene, 'organizationId' | 'key'>,
  [name, payload]: readonly [EventName, unknown],
): Promise<void> {
  const at = payments.clock();
  const event = {
    id: key,
    name,
    organizationId,
    publisher: 'scheduling',
    occurredAt: at,
    receivedAt: at,
    payload,
  };
  const handle = eventHandlers(payments)[name] as
    ((tx: unknown, event: ReceivedEvent<EventName>) => Promise<void>) | undefined;
  if (handle === undefined) throw new Error(`${name} is not heard`);
  await payments.database.transaction(organizationId, (tx) => handle(tx, event as ReceivedEvent<EventName>));
}

/** The same service, whose sweep visits this organization alone: others of the same test are none of its business. */
export const within = (payments: UnderTest['payments'], organizationId: string): UnderTest['payments'] => ({
  ...payments,
  processor: payments.processor,
  database: {
    ...payments.database,
    forEachOrganization: (_why, work) =>
      payments.database.transaction(organizationId, (tx) => work(tx, organizationId)),
  },
});

/** What stands in one column of the only row there is. */
export async function idOf(test: UnderTest, { organizationId }: Scene, table: string): Promise<string> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id LIMIT 1`),
  );
  return rows[0]?.id ?? '';
}

const billingNow = (test: UnderTest, organizationId: string): Caller => ({
  ...staffOf(organizationId, 'BILLING'),
  authenticatedAt: Math.floor(test.clock().getTime() / 1000),
});

/** A client of a business of their own, with a card and a quote that stands for a while. */
export async function openScene(test: UnderTest, { card, before }: Flow): Promise<Scene> {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const openedAt = test.clock();
  const expiresAt = new Date(openedAt.getTime() + 3 * 3_600_000).toISOString();
  const quote = test.quoteFor(client, { expiresAt });
  const scene: Scene = {
    client,
    billing: billingNow(test, organizationId),
    organizationId,
    paymentMethodId: await test.addCard(client, card),
    quote,
    signedQuote: test.signQuote(quote),
    paymentId: '',
    key: randomUUID(),
    otherId: '',
    openedAt,
  };
  await before?.(test, scene);
  const { authenticatedAt } = billingNow(test, organizationId);
  return { ...scene, billing: { ...scene.billing, authenticatedAt } };
}

export const authorized = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { client, quote, paymentMethodId } = scene;
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  scene.paymentId = payment?.id ?? '';
};
export const confirmed = async (test: UnderTest, scene: Scene): Promise<void> => {
  await authorized(test, scene);
  await test.deliver(scene.organizationId, 'booking.confirmed', newsOf(scene.quote).confirmed);
};
export const captured = async (test: UnderTest, scene: Scene): Promise<void> => {
  await confirmed(test, scene);
  await settlePayment(test.payments, scene);
};

/** A booking that costs twice its deposit, which is taken. */
export const deposited = async (test: UnderTest, scene: Scene): Promise<void> => {
  await authorized(test, scene);
  const said = { ...newsOf(scene.quote).confirmed, priceMinor: 9000, currency: scene.quote.currency };
  await test.deliver(scene.organizationId, 'booking.confirmed', said);
  await settlePayment(test.payments, scene);
};

/** Whatever is due of this scene is done, by a process that lives. */
export const worked = (test: UnderTest, { organizationId }: Scene): Promise<void> =>
  sweep(within(test.payments, organizationId));

export const agreed = (test: UnderTest, scene: Scene, covers: MandateUse[]): Promise<string> =>
  agree(test, scene, { covers });

/** Agreed to for an appointment that is far away, until the day on which it is reserved has come. */
export const agreedAhead = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { client, organizationId, paymentMethodId } = scene;
  await decide(test, organizationId, { capture: 'AT_APPOINTMENT', farAhead: 'SET_UP' });
  const startsAt = new Date(test.clock().getTime() + 5 * 24 * 3_600_000).toISOString();
  scene.quote = { ...scene.quote, startsAt, endsAt: startsAt };
  await agreed(test, scene, ['HOLD']);
  await test.authorize(client, { quote: scene.quote, paymentMethodId });
  await test.deliver(organizationId, 'booking.confirmed', saidOf(scene.quote).confirmed);
  await test.database.transaction(organizationId, (tx) =>
    tx.query('UPDATE payment SET authorize_at = $1, settle_due_at = $1', [test.clock()]),
  );
  scene.paymentId = await idOf(test, scene, 'payment');
};

/** The bank took the money back, and what it told about that has arrived. */
export const disputed = async (test: UnderTest, scene: Scene): Promise<void> => {
  await captured(test, scene);
  await worked(test, scene);
  const [intent] = (await atProcessor(test, scene.organizationId, scene.openedAt)).intents;
  await test.atProcessor(`/simulator/payment_intents/${intent?.id}/dispute`, 'reason=fraudulent');
};

/** Nobody came, and the fee that was agreed for that is due. */
export const feeDue = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { organizationId, quote } = scene;
  const startsAt = new Date(test.clock().getTime() + 3_600_000).toISOString();
  const times = { startsAt, endsAt: startsAt, priceMinor: 6000, currency: 'EUR', noShowFeeMinor: 3000 };
  await test.deliver(organizationId, 'booking.confirmed', { ...newsOf(quote).confirmed, ...times });
  await test.deliver(organizationId, 'booking.completed', { ...newsOf(quote).completed, attended: false });
  await worked(test, scene);
  test.clock.advance(3 * 3_600_000);
  scene.otherId = await idOf(test, scene, 'fee');
};

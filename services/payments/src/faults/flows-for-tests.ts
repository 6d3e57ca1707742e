/** What payments does, flow by flow, for the sweep of crashes: what comes before it, what runs, and how it is brought back. */
import { randomUUID } from 'node:crypto';
import type { EventName, ReceivedEvent } from '@kept/events';
import type { Caller } from '@kept/passport';
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import { checkOp } from '../operations/check-op.ts';
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
}

export const AUTHORIZE = `mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename } }`;
const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) { __typename } }`;
const REMOVE = `mutation ($input: RemovePaymentMethodInput!) { removePaymentMethod(input: $input) { __typename } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;

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

const authorized = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { client, quote, paymentMethodId } = scene;
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  scene.paymentId = payment?.id ?? '';
};
const confirmed = async (test: UnderTest, scene: Scene): Promise<void> => {
  await authorized(test, scene);
  await test.deliver(scene.organizationId, 'booking.confirmed', newsOf(scene.quote).confirmed);
};
const captured = async (test: UnderTest, scene: Scene): Promise<void> => {
  await confirmed(test, scene);
  await settlePayment(test.payments, scene);
};
const settleAfter =
  (news: (scene: Scene) => readonly [EventName, unknown]) =>
  async (dying: DyingPayments, scene: Scene): Promise<void> => {
    await hear(dying, scene, news(scene));
    await settlePayment(dying.payments, scene);
  };
const authorize = ({ ask }: DyingPayments, { client, signedQuote, paymentMethodId, key }: Scene) =>
  ask(client, AUTHORIZE, { quote: signedQuote, paymentMethodId, idempotencyKey: key });

const START = `mutation ($input: StartPaymentMethodCollectionInput!) { startPaymentMethodCollection(input: $input) { __typename } }`;
const DECIDE = `mutation ($input: DecidePaymentReviewInput!) { decidePaymentReview(input: $input) { __typename } }`;
const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }`;

/** A booking that costs more than its deposit, taken. */
const deposited = async (test: UnderTest, scene: Scene): Promise<void> => {
  await authorized(test, scene);
  const said = { ...newsOf(scene.quote).confirmed, priceMinor: 9000, currency: scene.quote.currency };
  await test.deliver(scene.organizationId, 'booking.confirmed', said);
  await settlePayment(test.payments, scene);
};

/** Agreed to for an appointment that is far away, until the day on which it is reserved has come. */
const agreedAhead = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { client, organizationId, paymentMethodId } = scene;
  await decide(test, organizationId, { capture: 'AT_APPOINTMENT', farAhead: 'SET_UP' });
  const startsAt = new Date(test.clock().getTime() + 5 * 24 * 3_600_000).toISOString();
  scene.quote = { ...scene.quote, startsAt, endsAt: startsAt };
  await agree(test, { client, paymentMethodId, quote: scene.quote }, { covers: ['HOLD'] });
  await test.authorize(client, { quote: scene.quote, paymentMethodId });
  await test.deliver(organizationId, 'booking.confirmed', saidOf(scene.quote).confirmed);
  await test.database.transaction(organizationId, async (tx) => {
    const [payment] = await tx.query<{ id: string }>(
      'UPDATE payment SET authorize_at = $1, settle_due_at = $1 RETURNING id',
      [test.clock()],
    );
    scene.paymentId = payment?.id ?? '';
  });
};

export const FLOWS: readonly Flow[] = [
  {
    name: 'authorizeDeposit',
    doors: ['Mutation.authorizeDeposit'],
    clients: true,
    run: authorize,
  },
  {
    name: 'authorizeDeposit, declined',
    doors: ['Mutation.authorizeDeposit'],
    card: 'pm_card_chargeCustomerFail',
    clients: true,
    run: authorize,
  },
  {
    name: 'the cardholder authenticates, and its webhook is merged',
    doors: ['job merge-processor-event'],
    card: 'pm_card_authenticationRequired',
    before: async (test, scene) => {
      await authorized(test, scene);
      const [intent] = (await atProcessor(test, scene.organizationId)).intents;
      await test.atProcessor(`/simulator/payment_intents/${intent?.id}/authenticate`, 'outcome=success');
    },
    run: async (dying, scene) => sweep(within(dying.payments, scene.organizationId)),
  },
  {
    name: 'the janitor, after an answer that was lost',
    doors: ['job sweep-payments'],
    before: async (test, scene) => {
      await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_intents' });
      await authorized(test, scene);
      await test.callOff();
    },
    run: async ({ payments }, { organizationId }) => {
      for (const { id } of await openOps(payments, organizationId))
        await checkOp(payments, { organizationId, opId: id });
    },
  },
  {
    name: 'the booking is confirmed, the deposit taken',
    doors: ['event booking.confirmed', 'job settle-payment'],
    before: authorized,
    run: settleAfter(({ quote }) => ['booking.confirmed', newsOf(quote).confirmed]),
  },
  {
    name: 'the slot is lost, the deposit released',
    doors: ['event booking.refused', 'job settle-payment'],
    before: authorized,
    run: settleAfter(({ quote }) => ['booking.refused', newsOf(quote).refused]),
  },
  {
    name: 'the booking is cancelled, half of the deposit given back',
    doors: ['event booking.cancelled', 'job settle-payment'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.cancelled', newsOf(quote).cancelled(50)]),
  },
  {
    name: 'the booking is moved',
    doors: ['event booking.rescheduled'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.rescheduled', { ...newsOf(quote).confirmed, version: 2 }]),
  },
  {
    name: 'the appointment is over, the deposit earned',
    doors: ['event booking.completed', 'job settle-payment'],
    before: captured,
    run: settleAfter(({ quote }) => ['booking.completed', newsOf(quote).completed]),
  },
  {
    name: 'refundPayment',
    doors: ['Mutation.refundPayment'],
    before: captured,
    clients: true,
    run: ({ ask }, { billing, paymentId, key }) =>
      ask(billing, REFUND, { paymentId, amountMinor: 1500, reason: 'GOODWILL', idempotencyKey: key }),
  },
  {
    name: 'decidePaymentReview, and the deposit is taken',
    doors: ['Mutation.decidePaymentReview', 'job settle-payment'],
    before: async (test, scene) => {
      scene.client = { ...scene.client, riskLevel: 'HIGH' };
      await confirmed(test, scene);
    },
    clients: true,
    run: async ({ ask, payments }, scene) => {
      const { billing, paymentId, key: idempotencyKey } = scene;
      const decision = { paymentId, decision: 'ACCEPT', reason: 'KNOWN_CLIENT', idempotencyKey };
      await ask(billing, DECIDE, decision);
      await settlePayment(payments, scene);
    },
  },
  {
    name: 'payBalance',
    doors: ['Mutation.payBalance'],
    before: deposited,
    clients: true,
    run: ({ ask }, { client, quote, paymentMethodId, key }) =>
      ask(client, PAY, { bookingId: quote.bookingId, paymentMethodId, idempotencyKey: key }),
  },
  {
    name: 'what was agreed ahead is reserved while its client is away',
    doors: ['job settle-payment'],
    before: agreedAhead,
    run: ({ payments }, scene) => settlePayment(payments, scene),
  },
  {
    name: 'startPaymentMethodCollection',
    doors: ['Mutation.startPaymentMethodCollection'],
    clients: true,
    run: ({ ask }, { client, key }) => ask(client, START, { way: 'CLIENT_SIDE', idempotencyKey: key }),
  },
  {
    name: 'addPaymentMethod',
    doors: ['Mutation.addPaymentMethod'],
    clients: true,
    run: ({ ask }, { client, key }) => ask(client, ADD, { token: 'pm_card_mastercard', idempotencyKey: key }),
  },
  {
    name: 'removePaymentMethod',
    doors: ['Mutation.removePaymentMethod'],
    clients: true,
    run: ({ ask }, { client, paymentMethodId, key }) =>
      ask(client, REMOVE, { paymentMethodId, idempotencyKey: key }),
  },
];

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

const openOps = ({ database }: UnderTest['payments'], organizationId: string) =>
  database.transaction(organizationId, (tx) =>
    tx.query<{ id: string }>(`SELECT id FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN')`),
  );

/** A client of a business of their own, with a card and a quote that stands for a while. */
export async function openScene(test: UnderTest, { card, before }: Flow): Promise<Scene> {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const quote = test.quoteFor(client, {
    expiresAt: new Date(test.clock().getTime() + 3 * 3_600_000).toISOString(),
  });
  const scene: Scene = {
    client,
    billing: staffOf(organizationId, 'BILLING'),
    organizationId,
    paymentMethodId: await test.addCard(client, card),
    quote,
    signedQuote: test.signQuote(quote),
    paymentId: '',
    key: randomUUID(),
  };
  await before?.(test, scene);
  return {
    ...scene,
    billing: { ...scene.billing, authenticatedAt: Math.floor(test.clock().getTime() / 1000) },
  };
}

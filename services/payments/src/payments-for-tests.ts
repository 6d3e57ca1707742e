import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { signStatement, type EventName, type EventPayload, type ReceivedEvent } from '@kept/events';
import { openKeyring } from '@kept/field-encryption';
import { startPaymentSimulator } from '@kept/local-stack';
import type { Caller, Role } from '@kept/passport';
import { openLog } from '@kept/subgraph-kit';
import {
  callerOf,
  fixedClock,
  requestSubgraph,
  testOrganization,
  testPassportKey,
  throwAwayDatabase,
} from '@kept/testing';
import type { Payments } from './context.ts';
import { paymentsEntities } from './database.ts';
import { migrations } from './migrations.ts';
import type { PaymentProcessor } from './processor/payment-processor.ts';
import { openStripeProcessor } from './processor/stripe-processor.ts';
import { BookAlarms } from './reconciliation/book-alarms.ts';
import type { Quote } from './payments/read-quote.ts';
import { startApi } from './start-api.ts';
import { eventHandlers } from './start-workers.ts';
import { sweep } from './sweeping/sweep.ts';

// When every test begins, and when its staff signed in.
const MORNING = '2030-05-06T09:00:00Z';

export const WEBHOOK_SECRET = 'whsec_of_the_tests_of_payments';
/** Where the app of the tests lives. */
export const RETURN_ORIGIN = 'https://app.example';
const OTHER_WEBHOOK_SECRET = 'whsec_that_is_being_rotated_out';
export const API_KEY = 'sk_test_payments_for_tests';

const AUTHORIZE = `mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) {
  __typename
  ... on DepositAuthorized { payment { id status amount { amountMinor currency } } }
  ... on PaymentRequiresAction { payment { id status } clientSecret }
  ... on PaymentInProgress { payment { id status } }
  ... on QuoteRefused { reason message }
  ... on PaymentDeclined { message } } }`;
const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  __typename ... on PaymentMethodAdded { paymentMethod { id brand last4 expiryMonth expiryYear status } }
  ... on PaymentMethodRefused { message } } }`;

/** The service itself on a real database and the real simulator over HTTP. */
async function openStand() {
  const stand = await throwAwayDatabase({ service: 'payments', migrations, entities: paymentsEntities });
  const { database } = stand;
  const clock = fixedClock(MORNING);
  const log = openLog({ service: 'payments', level: 'silent' });
  const quoteKeys = generateKeyPairSync('ed25519');
  let processor: PaymentProcessor | undefined;
  const payments: Payments = {
    database,
    clock,
    log,
    keyring: openKeyring({ service: 'payments', rootKey: randomBytes(32), clock }),
    quoteKey: quoteKeys.publicKey,
    returnOrigins: [RETURN_ORIGIN],
    attestationUntil: null,
    bookAlarms: new BookAlarms(),
    settleSoon: () => undefined,
    mergeSoon: () => undefined,
    get processor(): PaymentProcessor {
      if (processor === undefined) throw new Error('the simulator is still starting');
      return processor;
    },
  };
  const api = await startApi(payments, {
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('payments')],
    webhookSecrets: [OTHER_WEBHOOK_SECRET, WEBHOOK_SECRET],
  });
  const webhookUrl = `${api.url}/webhooks/stripe`;
  const simulator = await startPaymentSimulator({
    port: 0,
    host: '127.0.0.1',
    webhookUrl,
    webhookSecret: WEBHOOK_SECRET,
    clock,
    log,
  });
  processor = openStripeProcessor({ apiKey: API_KEY, apiBase: simulator.url });
  const stop = async () => {
    await simulator.stop();
    await api.stop();
    await stand.drop();
  };
  return { ...stand, stop, payments, clock, api, webhookUrl, simulator, quoteKey: quoteKeys.privateKey };
}

type Stand = Awaited<ReturnType<typeof openStand>>;

/** What a client does, through the graph. */
function asClient({ api, clock, quoteKey }: Stand) {
  const ask = (caller: Caller, query: string, variables: Record<string, unknown> = {}) =>
    requestSubgraph({ url: api.url, service: 'payments', caller, query, variables, now: clock() });
  const signQuote = (quote: Quote) => signStatement('kept/quote/v1', quote, quoteKey);
  return {
    ask,
    signQuote,
    quoteFor: (caller: Caller, change: Partial<Quote> = {}): Quote => ({
      v: 1,
      organizationId: caller.organizationId ?? '',
      holdId: randomUUID(),
      bookingId: randomUUID(),
      clientId: caller.accountId ?? '',
      providerId: randomUUID(),
      serviceId: randomUUID(),
      purpose: 'DEPOSIT',
      amountMinor: 4500,
      currency: 'EUR',
      expiresAt: new Date(clock().getTime() + 15 * 60_000).toISOString(),
      issuedAt: clock().toISOString(),
      ...change,
    }),
    addCard: async (caller: Caller, token = 'pm_card_visa'): Promise<string> => {
      const { data, errors } = await ask(caller, ADD, { input: { token, idempotencyKey: randomUUID() } });
      const added = data?.['addPaymentMethod'] as { paymentMethod?: { id: string } } | undefined;
      if (added?.paymentMethod === undefined)
        throw new Error(`not added: ${JSON.stringify({ data, errors })}`);
      return added.paymentMethod.id;
    },
    authorize: async (
      caller: Caller,
      request: { quote: Quote | string; paymentMethodId: string; idempotencyKey?: string },
    ): Promise<Authorization> => {
      const quote = typeof request.quote === 'string' ? request.quote : signQuote(request.quote);
      const input = { idempotencyKey: randomUUID(), ...request, quote };
      const { data, errors } = await ask(caller, AUTHORIZE, { input });
      const result = data?.['authorizeDeposit'] as Authorization | undefined;
      if (result === undefined) throw new Error(`no answer: ${JSON.stringify(errors)}`);
      return result;
    },
  };
}

/** What scheduling says, and what it and others hear. */
function asOtherServices({ payments, database, clock }: Stand) {
  return {
    /** Handles an event as the inbox would: in one transaction of its organization. */
    deliver: async <Name extends EventName>(
      organizationId: string,
      name: Name,
      payload: EventPayload<Name>,
    ) => {
      const handle = eventHandlers(payments)[name];
      if (handle === undefined) throw new Error(`${name} is not handled`);
      const event = {
        id: randomUUID(),
        name,
        organizationId,
        publisher: 'scheduling',
        occurredAt: clock(),
        receivedAt: clock(),
        payload,
      } as ReceivedEvent<Name>;
      await database.transaction(organizationId, (tx) => handle(tx, event));
    },
    published: async (organizationId: string, name: EventName) => {
      const rows = await database.transaction(organizationId, (tx) =>
        tx.query<{ payload: Record<string, unknown> }>(
          'SELECT payload FROM outbox WHERE organization_id = $1 AND name = $2 ORDER BY occurred_at',
          [organizationId, name],
        ),
      );
      return rows.map(({ payload }) => payload);
    },
  };
}

function asProcessor({ simulator }: Stand) {
  return {
    order: (fault: object) =>
      fetch(`${simulator.url}/simulator/faults`, { method: 'POST', body: JSON.stringify(fault) }),
    callOff: () => fetch(`${simulator.url}/simulator/faults`, { method: 'DELETE' }),
    /** Asks the simulator directly, as the processor's own dashboard or a cardholder would. */
    atProcessor: async <Answer = Record<string, unknown>>(path: string, form?: string): Promise<Answer> => {
      const response = await fetch(`${simulator.url}${path}`, {
        method: form === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${API_KEY}` },
        ...(form === undefined ? {} : { body: form }),
      });
      return (await response.json()) as Answer;
    },
  };
}

/** The whole service, real to its edges; only the queues are replaced by `work()`. */
export async function openPaymentsForTests() {
  const stand = await openStand();
  return {
    ...stand,
    ...asClient(stand),
    ...asOtherServices(stand),
    ...asProcessor(stand),
    newClient: async () => clientOf(await testOrganization(stand.database)),
    /** What the jobs would do: everything that is due, twice, because one thing leads to another. */
    work: async () => {
      await sweep(stand.payments);
      await sweep(stand.payments);
    },
  };
}

export type UnderTest = Awaited<ReturnType<typeof openPaymentsForTests>>;

export interface Authorization {
  __typename: string;
  payment?: { id: string; status: string; amount?: { amountMinor: number; currency: string } };
  reason?: string;
  message?: string;
  clientSecret?: string | null;
}

export const clientOf = (organizationId: string): Caller => callerOf({ kind: 'CLIENT', organizationId });

export const staffOf = (organizationId: string | null, ...roles: Role[]): Caller =>
  callerOf({ kind: 'STAFF', organizationId, roles, authenticatedAt: Date.parse(MORNING) / 1000 });

/** The organization of a caller that certainly has one. */
export function organizationOf({ organizationId }: Caller): string {
  if (organizationId === null) throw new Error('this caller asks no organization');
  return organizationId;
}

/** What scheduling says about the booking of a quote. */
export const newsOf = ({ bookingId, clientId, providerId, holdId, serviceId }: Quote) => ({
  confirmed: {
    bookingId,
    clientId,
    providerId,
    holdId,
    serviceId,
    startsAt: '2030-06-01T09:00:00.000Z',
    endsAt: '2030-06-01T10:00:00.000Z',
    timeZone: 'Europe/London',
    version: 1,
  },
  refused: { bookingId, holdId, reason: 'hold_expired' },
  cancelled: (refundPercent: number) => ({
    bookingId,
    clientId,
    providerId,
    cancelledBy: 'CLIENT' as const,
    refundPercent,
    version: 2,
  }),
  completed: { bookingId, clientId, endedAt: '2030-06-01T10:00:00.000Z', attended: true },
});

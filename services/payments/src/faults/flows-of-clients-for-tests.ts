/** What clients do about their cards and payments, for the sweep of crashes. */
import { randomUUID } from 'node:crypto';
import type { UnderTest } from '../payments-for-tests.ts';
import { agreed, agreedAhead, deposited, worked, type Flow, type Scene } from './scenes-for-tests.ts';
import type { DyingPayments } from './dying-payments.ts';

const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) { __typename } }`;
const AUTHORIZE = `mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename } }`;
const FINISH = `mutation ($input: FinishPaymentMethodCollectionInput!) { finishPaymentMethodCollection(input: $input) { __typename } }`;
const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }`;
const REMOVE = `mutation ($input: RemovePaymentMethodInput!) { removePaymentMethod(input: $input) { __typename } }`;
const REPLACE = `mutation ($input: ReplacePaymentMethodInput!) { replacePaymentMethod(input: $input) { __typename } }`;
const RESUME = `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename } }`;
const START = `mutation ($input: StartPaymentMethodCollectionInput!) { startPaymentMethodCollection(input: $input) {
  __typename ... on PaymentMethodCollectionStarted { clientSecret collection { id } } } }`;

const authorize = ({ ask }: DyingPayments, { client, signedQuote, paymentMethodId, key }: Scene) =>
  ask(client, AUTHORIZE, { quote: signedQuote, paymentMethodId, idempotencyKey: key });

/** The day of reserving came, and the bank wants its cardholder, or refused. */
const tried = async (test: UnderTest, scene: Scene): Promise<void> => {
  await agreedAhead(test, scene);
  await worked(test, scene);
};

/** A client gave their card in the processor's form, in the place of the one they had, and has not come back yet. */
const given = async (test: UnderTest, scene: Scene): Promise<void> => {
  const { client, paymentMethodId } = scene;
  const input = {
    way: 'CLIENT_SIDE',
    replacesPaymentMethodId: paymentMethodId,
    idempotencyKey: randomUUID(),
  };
  const { data } = await test.ask(client, START, { input });
  const started = data?.['startPaymentMethodCollection'] as
    { clientSecret: string; collection: { id: string } } | undefined;
  const secret = started?.clientSecret ?? '';
  scene.otherId = started?.collection.id ?? '';
  await test.order({ kind: 'webhook_lost', times: 9 });
  await test.atProcessor(
    `/v1/setup_intents/${secret.split('_secret_')[0]}/confirm`,
    `payment_method=pm_card_amex&client_secret=${secret}`,
  );
  await test.callOff();
};

export const FLOWS_OF_CLIENTS: readonly Flow[] = [
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
    name: 'payBalance',
    doors: ['Mutation.payBalance'],
    before: deposited,
    clients: true,
    run: ({ ask }, { client, quote, paymentMethodId, key }) =>
      ask(client, PAY, { bookingId: quote.bookingId, paymentMethodId, idempotencyKey: key }),
  },
  {
    name: 'resumePayment, where its bank waits',
    doors: ['Mutation.resumePayment'],
    card: 'pm_card_authenticationRequired',
    before: tried,
    clients: true,
    run: ({ ask }, { client, paymentId, key }) => ask(client, RESUME, { paymentId, idempotencyKey: key }),
  },
  {
    name: 'resumePayment, begun anew with another card',
    doors: ['Mutation.resumePayment'],
    card: 'pm_card_chargeCustomerFail',
    before: async (test, scene) => {
      await tried(test, scene);
      scene.otherId = await test.addCard(scene.client);
    },
    clients: true,
    run: ({ ask }, { client, paymentId, otherId: paymentMethodId, key }) =>
      ask(client, RESUME, { paymentId, paymentMethodId, idempotencyKey: key }),
  },
  {
    name: 'startPaymentMethodCollection',
    doors: ['Mutation.startPaymentMethodCollection'],
    clients: true,
    run: ({ ask }, { client, key }) => ask(client, START, { way: 'CLIENT_SIDE', idempotencyKey: key }),
  },
  {
    name: 'finishPaymentMethodCollection, in the place of another card',
    doors: ['Mutation.finishPaymentMethodCollection'],
    before: given,
    run: ({ ask }, { client, otherId: collectionId }) => ask(client, FINISH, { collectionId }),
  },
  {
    name: 'addPaymentMethod',
    doors: ['Mutation.addPaymentMethod'],
    clients: true,
    run: ({ ask }, { client, key }) => ask(client, ADD, { token: 'pm_card_mastercard', idempotencyKey: key }),
  },
  {
    name: 'replacePaymentMethod, and what waited is reserved on the other one',
    doors: ['Mutation.replacePaymentMethod'],
    before: async (test, scene) => {
      await agreedAhead(test, scene);
      await agreed(test, scene, ['BALANCE']);
      scene.otherId = await test.addCard(scene.client, 'pm_card_mastercard');
    },
    clients: true,
    run: ({ ask }, { client, paymentMethodId, otherId: byPaymentMethodId, key }) =>
      ask(client, REPLACE, { paymentMethodId, byPaymentMethodId, idempotencyKey: key }),
  },
  {
    name: 'removePaymentMethod',
    doors: ['Mutation.removePaymentMethod'],
    clients: true,
    run: ({ ask }, { client, paymentMethodId, key }) =>
      ask(client, REMOVE, { paymentMethodId, idempotencyKey: key }),
  },
];

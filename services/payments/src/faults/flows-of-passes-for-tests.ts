/** How a pass is bought and given back, for the sweep of crashes. */
import { randomUUID } from 'node:crypto';
import { signStatement, type EventName } from '@kept/events';
import { bought, giveBack, lastAsked, passQuoteFor } from '../passes/passes-for-tests.ts';
import type { UnderTest } from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import type { DyingPayments } from './dying-payments.ts';
import { hear, idOf, type Flow, type Scene } from './scenes-for-tests.ts';

const BUY = `mutation ($input: BuyPassInput!) { buyPass(input: $input) { __typename } }`;

/** The scene's client has paid for a pass; scheduling has granted it, unless that is what dies. */
const paid =
  ({ granted }: { granted: boolean }) =>
  async (test: UnderTest, scene: Scene): Promise<void> => {
    const { client, paymentMethodId } = scene;
    const pass = await bought(test, { client, paymentMethodId, granted });
    scene.otherId = pass.purchaseId;
    scene.paymentId = await idOf(test, scene, 'payment');
  };

/** Billing wants to give it back whole, and scheduling was asked to take it back. */
const asked = async (test: UnderTest, scene: Scene): Promise<void> => {
  await paid({ granted: true })(test, scene);
  await giveBack(test, scene);
  scene.key = (await lastAsked(test, scene.organizationId)).refundId;
};

const settleAfter =
  (news: (scene: Scene) => readonly [EventName, unknown]): Flow['run'] =>
  async (dying: DyingPayments, scene: Scene): Promise<void> => {
    await hear(dying, scene, news(scene));
    await settlePayment(dying.payments, scene);
  };

export const FLOWS_OF_PASSES: readonly Flow[] = [
  {
    name: 'buyPass',
    doors: ['Mutation.buyPass'],
    clients: true,
    before: (test, scene) => {
      const expiresAt = new Date(test.clock().getTime() + 3 * 3_600_000).toISOString();
      const quote = passQuoteFor(test, scene.client, { purchaseId: randomUUID(), expiresAt });
      scene.signedQuote = signStatement('kept/quote/v1', quote, test.quoteKey);
      return Promise.resolve();
    },
    run: ({ ask }, { client, signedQuote: quote, paymentMethodId, key }) =>
      ask(client, BUY, { quote, paymentMethodId, idempotencyKey: key }),
  },
  {
    name: 'the pass cannot be granted, and the money goes back',
    doors: ['event pass.refused', 'job settle-payment'],
    before: paid({ granted: false }),
    run: settleAfter(({ otherId: purchaseId }) => ['pass.refused', { purchaseId, reason: 'CLIENT_UNKNOWN' }]),
  },
  {
    name: 'the pass is taken back, and its money leaves',
    doors: ['event pass.revoked', 'job settle-payment'],
    before: asked,
    run: settleAfter(({ otherId: purchaseId, key: refundId }) => ['pass.revoked', { purchaseId, refundId }]),
  },
];

/** What people of the business do about money, for the sweep of crashes. */
import { randomUUID } from 'node:crypto';
import { eventually } from '@kept/testing';
import { staffOf, type UnderTest } from '../payments-for-tests.ts';
import { decide } from '../payments/life-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';
import {
  agreed,
  captured,
  confirmed,
  deposited,
  disputed,
  feeDue,
  idOf,
  worked,
  type Flow,
  type Scene,
} from './scenes-for-tests.ts';

const AGAIN = `mutation ($input: ChargeFeeAgainInput!) { chargeFeeAgain(input: $input) { __typename } }`;
const APPROVE = `mutation ($input: DecideRefundRequestInput!) { decideRefundRequest(input: $input) { __typename } }`;
const CHARGE = `mutation ($input: ChargeBalanceInput!) { chargeBalance(input: $input) { __typename } }`;
const DECIDE = `mutation ($input: DecidePaymentReviewInput!) { decidePaymentReview(input: $input) { __typename } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;
const SEND = `mutation ($input: SendDisputeEvidenceInput!) { sendDisputeEvidence(input: $input) { __typename } }`;
const WAIVE = `mutation ($input: WaiveFeeInput!) { waiveFee(input: $input) { __typename } }`;

/** One of billing asked for more than one person gives back. */
const requested = async (test: UnderTest, scene: Scene): Promise<void> => {
  await captured(test, scene);
  const { organizationId, paymentId } = scene;
  await decide(test, organizationId, { secondApprovalAboveMinor: 1000 });
  const first = { ...staffOf(organizationId, 'BILLING'), authenticatedAt: test.clock().getTime() / 1000 };
  const input = { paymentId, amountMinor: 1500, reason: 'GOODWILL', idempotencyKey: randomUUID() };
  await test.ask(first, REFUND, { input });
  scene.otherId = await idOf(test, scene, 'refund_request');
};

export const FLOWS_OF_STAFF: readonly Flow[] = [
  {
    name: 'refundPayment',
    doors: ['Mutation.refundPayment'],
    before: captured,
    clients: true,
    run: ({ ask }, { billing, paymentId, key }) =>
      ask(billing, REFUND, { paymentId, amountMinor: 1500, reason: 'GOODWILL', idempotencyKey: key }),
  },
  {
    name: 'decideRefundRequest, by a second person',
    doors: ['Mutation.decideRefundRequest'],
    before: requested,
    clients: true,
    run: ({ ask }, { billing, otherId: requestId }) => ask(billing, APPROVE, { requestId, approve: true }),
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
    name: 'chargeBalance',
    doors: ['Mutation.chargeBalance'],
    before: async (test, scene) => {
      await deposited(test, scene);
      await agreed(test, scene, ['BALANCE']);
    },
    clients: true,
    run: ({ ask }, { billing, quote: { bookingId }, key: idempotencyKey }) =>
      ask(billing, CHARGE, { bookingId, idempotencyKey }),
  },
  {
    name: 'chargeFeeAgain, now that it was agreed to',
    doors: ['Mutation.chargeFeeAgain'],
    before: async (test, scene) => {
      await feeDue(test, scene);
      await worked(test, scene);
      await agreed(test, scene, ['NO_SHOW_FEE']);
    },
    clients: true,
    run: ({ ask }, { billing, otherId: feeId }) => ask(billing, AGAIN, { feeId }),
  },
  {
    name: 'waiveFee, and what was taken for it goes back',
    doors: ['Mutation.waiveFee'],
    before: async (test, scene) => {
      await agreed(test, scene, ['NO_SHOW_FEE']);
      await feeDue(test, scene);
      await worked(test, scene);
    },
    clients: true,
    run: ({ ask }, { billing, otherId: feeId }) => ask(billing, WAIVE, { feeId, reason: 'EMERGENCY' }),
  },
  {
    name: 'sendDisputeEvidence',
    doors: ['Mutation.sendDisputeEvidence'],
    before: async (test, scene) => {
      await disputed(test, scene);
      await eventually(async () => {
        await worked(test, scene);
        scene.otherId = await idOf(test, scene, 'dispute');
        return scene.otherId !== '';
      });
    },
    clients: true,
    run: ({ ask }, { billing, otherId: disputeId }) => ask(billing, SEND, { disputeId }),
  },
];

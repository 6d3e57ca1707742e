import { mayRead } from '@kept/access-policy';
import { BookingReference } from '../bookings/booking-reference.ts';
import { inOrganization, type PaymentsContext } from '../context.ts';
import { money } from '../money/minor-units.ts';
import { PaymentMethod } from '../payment-methods/payment-method.ts';
import { Refund } from '../refunds/refund.ts';
import type { QuoteRefusal, Resolvers } from '../schema-types.ts';
import { authorizeDeposit, type AuthorizationResult } from './authorize-deposit.ts';
import { Payment } from './payment.ts';

const LISTED_MAX = 50;
const REFUSALS: Readonly<Record<QuoteRefusal, string>> = {
  INVALID: 'This offer cannot be used. Please hold the slot again.',
  EXPIRED: 'The slot is no longer held for you. Please hold it again.',
  CURRENCY_NOT_SUPPORTED: 'This amount cannot be charged here in this currency.',
};

function presentAuthorization(result: AuthorizationResult) {
  if (result.kind === 'CONFLICT') {
    return {
      __typename: 'IdempotencyConflict',
      message: 'This key was used for a different request.',
    } as const;
  }
  if (result.kind === 'REFUSED') {
    return { __typename: 'QuoteRefused', reason: result.reason, message: REFUSALS[result.reason] } as const;
  }
  const { payment, clientSecret } = result;
  switch (payment.status) {
    case 'CREATED':
    case 'AUTHORIZING':
      return {
        __typename: 'PaymentInProgress',
        payment,
        message: 'A payment for this booking is under way. Please look again in a moment.',
      } as const;
    case 'REQUIRES_ACTION':
      return { __typename: 'PaymentRequiresAction', payment, clientSecret } as const;
    case 'FAILED':
    case 'ABANDONED':
      return {
        __typename: 'PaymentDeclined',
        message: 'The payment was declined. Please try another payment method.',
      } as const;
    default:
      return { __typename: 'DepositAuthorized', payment } as const;
  }
}

/** A payment that the caller may know of, else null. */
async function findPayment(context: PaymentsContext, id: string): Promise<Payment | null> {
  const payment = await inOrganization(context, (tx) => tx.manager.findOneBy(Payment, { id }));
  return payment !== null && mayRead(context.ability, 'Payment', payment) ? payment : null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** An id that is no UUID names nothing; PostgreSQL would call it an error. */
export const ifUuid = <Value>(id: string, find: () => Promise<Value | null>): Promise<Value | null> =>
  UUID.test(id) ? find() : Promise.resolve(null);

export const paymentResolvers: Resolvers = {
  Query: {
    payment: (_root, { id }, context) => ifUuid(id, () => findPayment(context, id)),
  },
  Mutation: {
    authorizeDeposit: async (_root, { input }, context) =>
      presentAuthorization(await authorizeDeposit(context, input)),
  },
  Payment: {
    __resolveReference: ({ id }, context) => ifUuid(id, () => findPayment(context, id)),
    amount: ({ amountMinor, currency }) => money(amountMinor, currency),
    captured: ({ capturedMinor, currency }) => money(capturedMinor, currency),
    refunded: ({ refundedMinor, currency }) => money(refundedMinor, currency),
    refundPending: ({ refundPendingMinor, currency }) => money(refundPendingMinor, currency),
    authorizationExpiresAt: ({ authorizationExpiresAt }) => authorizationExpiresAt,
    booking: ({ bookingId }, _arguments, context) =>
      inOrganization(context, (tx) => tx.manager.findOneBy(BookingReference, { bookingId })),
    method: ({ paymentMethodId }, _arguments, context) =>
      paymentMethodId === null
        ? null
        : inOrganization(context, async (tx) => {
            const method = await tx.manager.findOneBy(PaymentMethod, { id: paymentMethodId });
            return method?.last4 == null ? null : method;
          }),
    refunds: ({ id: paymentId }, _arguments, context) =>
      inOrganization(context, (tx) =>
        tx.manager.find(Refund, {
          where: { paymentId },
          order: { createdAt: 'DESC', id: 'ASC' },
          take: LISTED_MAX,
        }),
      ),
  },
};

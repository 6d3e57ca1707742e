import { mayRead } from '@kept/access-policy';
import type { PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { money } from '../money/minor-units.ts';
import type { QuoteRefusal, Resolvers } from '../schema-types.ts';
import { authorizeDeposit, type AuthorizationResult } from './authorize-deposit.ts';
import type { Payment } from './payment.ts';

const REFUSALS: Readonly<Record<QuoteRefusal, string>> = {
  INVALID: 'This offer cannot be used. Please hold the slot again.',
  EXPIRED: 'The slot is no longer held for you. Please hold it again.',
  CURRENCY_NOT_SUPPORTED: 'This amount cannot be charged here in this currency.',
  CONSENT_NEEDED: 'Please agree to what not coming costs first; nothing is charged now.',
};

/** One sentence for every reason, so that nobody can test cards here. */
export const DECLINED = 'The payment was declined. Please try another payment method.';
export const UNDER_WAY = 'A payment for this booking is under way. Please look again in a moment.';

/** Their attempt failed and is being called off: another card can be tried in a moment. */
export const isEnding = ({ status, failureReason }: Payment): boolean =>
  status === 'REQUIRES_ACTION' && failureReason !== null;

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
  if (result.kind === 'SECURED') {
    return { __typename: 'SlotSecured', bookingId: result.bookingId, payment: null } as const;
  }
  const { payment, clientSecret } = result;
  if (payment.status === 'CREATED' && payment.authorizeAt !== null && payment.bookingId !== null) {
    return { __typename: 'SlotSecured', bookingId: payment.bookingId, payment } as const;
  }
  switch (isEnding(payment) ? 'AUTHORIZING' : payment.status) {
    case 'CREATED':
    case 'AUTHORIZING':
      return {
        __typename: 'PaymentInProgress',
        payment,
        message: UNDER_WAY,
      } as const;
    case 'REQUIRES_ACTION':
      return { __typename: 'PaymentRequiresAction', payment, clientSecret } as const;
    case 'FAILED':
    case 'ABANDONED':
    // Given up since: nothing is reserved, whatever it was when the key was used first.
    case 'VOIDING':
    case 'VOIDED':
    case 'AUTH_EXPIRED':
      return {
        __typename: 'PaymentDeclined',
        message: DECLINED,
      } as const;
    default:
      return { __typename: 'DepositAuthorized', payment } as const;
  }
}

/** A payment that the caller may know of, else null. */
async function findPayment(
  { loaders, ability, caller }: PaymentsContext,
  id: string,
): Promise<Payment | null> {
  const payment = await loaders.payment(id);
  if (payment === undefined || !mayRead(ability, 'Payment', payment)) return null;
  if (caller.locations === null) return payment;
  // Whoever is limited to places reaches a payment by its appointment.
  const booking = payment.bookingId === null ? undefined : await loaders.booking(payment.bookingId);
  return booking !== undefined && mayRead(ability, 'Booking', booking) ? payment : null;
}

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
    booking: async ({ bookingId }, _arguments, { loaders }) =>
      bookingId === null ? null : ((await loaders.booking(bookingId)) ?? null),
    method: async ({ paymentMethodId }, _arguments, { loaders }) => {
      const method = paymentMethodId === null ? undefined : await loaders.method(paymentMethodId);
      return method?.last4 == null ? null : method;
    },
    refunds: ({ id }, _arguments, { loaders }) => loaders.refundsOfPayment(id),
  },
};

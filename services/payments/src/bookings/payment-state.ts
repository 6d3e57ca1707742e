import { DEAD, type Payment } from '../payments/payment.ts';
import type { PaymentState } from '../schema-types.ts';

/** One word for all the payments of a booking: the live one decides, else the latest. */
export function paymentState(newestFirst: readonly Payment[]): PaymentState {
  const payment = newestFirst.find(({ status }) => !DEAD.includes(status)) ?? newestFirst[0];
  if (payment === undefined) return 'NONE';
  switch (payment.status) {
    case 'CREATED':
    case 'AUTHORIZING':
    case 'REQUIRES_ACTION':
      return 'PENDING';
    case 'AUTHORIZED':
    case 'CONFIRMED':
    case 'CAPTURING':
      return 'AUTHORIZED';
    case 'CAPTURED':
      if (payment.refundedMinor === 0n) return 'PAID';
      return payment.refundedMinor === payment.capturedMinor ? 'REFUNDED' : 'PARTLY_REFUNDED';
    case 'FAILED':
    case 'ABANDONED':
      return 'FAILED';
    case 'VOIDING':
    case 'VOIDED':
    case 'AUTH_EXPIRED':
      return 'RELEASED';
  }
}

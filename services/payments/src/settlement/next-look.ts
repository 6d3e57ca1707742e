import { claimOf } from './claim.ts';
import { RENEW_BEFORE_MS, type Situation } from './next-step.ts';

/**
 * When time alone may ask something of a payment that nothing is asked of now; null when only news can. The sweep looks
 * then, whatever became of events and jobs.
 */
export function nextLook(situation: Situation): Date | null {
  const ahead = instantsOf(situation).filter(
    (instant): instant is Date => instant !== null && instant > situation.now,
  );
  return ahead.toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
}

function instantsOf(situation: Situation): (Date | null)[] {
  const { payment, booking } = situation;
  const claim = claimOf(situation);
  switch (payment.status) {
    case 'CREATED':
      return [payment.authorizeAt, claim?.from ?? null, booking?.startsAt ?? null];
    case 'REQUIRES_ACTION':
      return [payment.actionDueAt ?? payment.quoteExpiresAt];
    case 'AUTHORIZED':
    case 'CONFIRMED': {
      const end = payment.authorizationExpiresAt;
      const renewal = end && new Date(end.getTime() - RENEW_BEFORE_MS);
      return [claim?.from ?? null, renewal, end];
    }
    case 'CAPTURED':
      return [situation.pass?.validUntil ?? null];
    case 'FAILED':
    case 'ABANDONED':
    case 'AUTH_EXPIRED':
      return payment.unpaidAt === null ? [payment.actionDueAt] : [];
    default:
      return [];
  }
}

import type { PaymentStatus } from '../payments/payment.ts';
import type { IntentFacts, IntentStatus } from '../processor/payment-processor.ts';

/** What a person has to look at. */
export type IncidentKind =
  | 'MISSING_LOCAL'
  | 'MISSING_PROCESSOR'
  | 'STATE'
  | 'AMOUNT'
  | 'CURRENCY'
  | 'ORPHAN_AUTHORIZATION'
  | 'DUPLICATE_AUTHORIZATION'
  | 'REFUND_OUTSIDE'
  | 'INVARIANT'
  | 'PAYOUT_FAILED'
  | 'ATTESTATION_ENDING'
  | 'ATTESTATION_ENDED';

/** A payment as the books have it. */
export interface BookedPayment {
  status: PaymentStatus;
  amountMinor: bigint;
  currency: string;
  capturedMinor: bigint;
  /** What the ledger says is reserved at the processor. */
  heldMinor: bigint;
  isFeeBooked: boolean;
  /** Whether the intent that the payment knows is another one. */
  knowsAnother: boolean;
}

export type Verdict =
  /** Books and processor say the same. */
  | { kind: 'FITS' }
  /** The processor is further; the books can follow. */
  | { kind: 'BEHIND' }
  | { kind: IncidentKind; ours: string; theirs: string };

const AGREES: Readonly<Record<IntentStatus, readonly PaymentStatus[]>> = {
  PROCESSING: ['CREATED', 'AUTHORIZING'],
  REQUIRES_ACTION: ['REQUIRES_ACTION'],
  REQUIRES_CAPTURE: ['AUTHORIZED', 'CONFIRMED', 'CAPTURING', 'VOIDING'],
  SUCCEEDED: ['CAPTURED'],
  CANCELED: ['VOIDED', 'AUTH_EXPIRED', 'ABANDONED', 'FAILED'],
  REQUIRES_METHOD: ['FAILED', 'ABANDONED'],
};

const holdsMoney = ({ status }: IntentFacts): boolean =>
  status === 'REQUIRES_CAPTURE' || status === 'SUCCEEDED';

/**
 * How the books and one intent of the processor stand to each other, as a pure function. `booked` is null when the books
 * have no such payment.
 */
export function classify(facts: IntentFacts, booked: BookedPayment | null): Verdict {
  const theirs = `${facts.status} ${facts.amountMinor} ${facts.currency}`;
  if (booked === null) {
    if (!holdsMoney(facts)) return { kind: 'FITS' };
    const kind = facts.status === 'REQUIRES_CAPTURE' ? 'ORPHAN_AUTHORIZATION' : 'MISSING_LOCAL';
    return { kind, ours: 'none', theirs };
  }
  const ours = `${booked.status} ${booked.amountMinor} ${booked.currency}`;
  if (booked.knowsAnother) {
    return holdsMoney(facts) ? { kind: 'DUPLICATE_AUTHORIZATION', ours, theirs } : { kind: 'FITS' };
  }
  if (facts.currency !== booked.currency) return { kind: 'CURRENCY', ours, theirs };
  if (facts.amountMinor !== booked.amountMinor) return { kind: 'AMOUNT', ours, theirs };
  if (!AGREES[facts.status].includes(booked.status)) return { kind: 'BEHIND' };
  return compareAmounts(facts, booked);
}

function compareAmounts(facts: IntentFacts, booked: BookedPayment): Verdict {
  const held = facts.status === 'REQUIRES_CAPTURE' ? facts.capturableMinor : 0n;
  if (held !== booked.heldMinor) {
    return { kind: 'AMOUNT', ours: `held ${booked.heldMinor}`, theirs: `held ${held}` };
  }
  if (facts.status !== 'SUCCEEDED') return { kind: 'FITS' };
  if (facts.receivedMinor !== booked.capturedMinor) {
    return {
      kind: 'AMOUNT',
      ours: `taken ${booked.capturedMinor}`,
      theirs: `taken ${facts.receivedMinor}`,
    };
  }
  const lacksFee = facts.feeMinor !== null && facts.feeMinor > 0n && !booked.isFeeBooked;
  return lacksFee ? { kind: 'BEHIND' } : { kind: 'FITS' };
}

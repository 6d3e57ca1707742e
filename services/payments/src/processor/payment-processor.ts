// The words of this folder. Processor: who moves the money (Stripe, or the simulator). Intent: the processor's object for
// one payment. Facts: what the processor says now about an object, in our words.

/**
 * What is certain after a call. UNKNOWN is everything between success and a definitive refusal (a timeout, a lost
 * connection, 5xx, 409, an answer that is no answer): it is looked up later, never guessed.
 */
export type Outcome<Value> =
  { kind: 'DONE'; value: Value } | { kind: 'REJECTED'; code: string } | { kind: 'UNKNOWN'; why: string };

export type IntentStatus =
  'REQUIRES_METHOD' | 'REQUIRES_ACTION' | 'REQUIRES_CAPTURE' | 'PROCESSING' | 'SUCCEEDED' | 'CANCELED';

export interface IntentFacts {
  reference: string;
  status: IntentStatus;
  amountMinor: bigint;
  currency: string;
  capturableMinor: bigint;
  receivedMinor: bigint;
  disputed: boolean;
  authorizationExpiresAt: Date | null;
  origin: Origin | null;
  /** For the payer only; never stored, never logged. */
  clientSecret: string | null;
}

export type ProcessorRefundStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

export interface RefundFacts {
  reference: string;
  status: ProcessorRefundStatus;
  amountMinor: bigint;
  /** The operation of ours that asked for it; null when it was made elsewhere, such as in the processor's dashboard. */
  opId: string | null;
}

/** What we write into the metadata of every object, so that whatever comes back says whose it is. */
export interface Origin {
  organizationId: string;
  paymentId: string;
  opId: string;
}

export interface MethodFacts {
  reference: string;
  brand: string;
  last4: string;
  expiryMonth: number;
  expiryYear: number;
  funding: string;
  issuerCountry: string | null;
  fingerprint: string | null;
}

/** What happened, by name; `intentReference` is null when it is about something we do not follow. */
export interface EventFacts {
  type: string;
  intentReference: string | null;
}

export interface AuthorizeRequest {
  key: string;
  amountMinor: bigint;
  currency: string;
  customerReference: string;
  methodReference: string;
  origin: Origin;
}

/** The one way to the processor. Every call that changes something takes our own idempotency key. */
export interface PaymentProcessor {
  createCustomer(request: {
    key: string;
    organizationId: string;
    clientId: string;
  }): Promise<Outcome<string>>;
  attachMethod(request: {
    key: string;
    token: string;
    customerReference: string;
  }): Promise<Outcome<MethodFacts>>;
  detachMethod(request: { key: string; methodReference: string }): Promise<Outcome<null>>;
  authorize(request: AuthorizeRequest): Promise<Outcome<IntentFacts>>;
  capture(request: {
    key: string;
    intentReference: string;
    amountMinor: bigint;
  }): Promise<Outcome<IntentFacts>>;
  cancel(request: { key: string; intentReference: string }): Promise<Outcome<IntentFacts>>;
  refund(request: {
    key: string;
    intentReference: string;
    amountMinor: bigint;
    origin: Origin;
  }): Promise<Outcome<RefundFacts>>;
  readIntent(intentReference: string): Promise<Outcome<IntentFacts>>;
  /** By the metadata that `authorize` wrote; null when the processor has no such intent. */
  findIntentByOp(opId: string): Promise<Outcome<IntentFacts | null>>;
  listRefunds(intentReference: string): Promise<Outcome<RefundFacts[]>>;
  readEvent(eventId: string): Promise<Outcome<EventFacts>>;
}

/** The processor's idempotency key of an operation. Never random per attempt: that is what makes a repeat harmless. */
export const keyOf = (opId: string): string => `op_${opId}`;

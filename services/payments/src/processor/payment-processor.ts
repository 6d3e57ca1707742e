// The words of this folder. Processor: who moves the money (Stripe, or the simulator). Intent: the processor's object for
// one payment. Facts: what the processor says now about an object, in our words.

import type {
  BalanceFacts,
  ChargeFacts,
  CollectionFacts,
  CollectionOrigin,
  DisputeEvidence,
  DisputeFacts,
  EventFacts,
  IntentFacts,
  MethodFacts,
  Origin,
  PayoutLine,
  RefundFacts,
  SetupFacts,
} from './processor-facts.ts';

export type * from './processor-facts.ts';

/**
 * What is certain after a call. UNKNOWN is everything between success and a definitive refusal (a timeout, a lost
 * connection, 5xx, 409, an answer that is no answer): it is looked up later, never guessed.
 */
export type Outcome<Value> =
  | { kind: 'DONE'; value: Value }
  /** `intent`: what the refusal is about, such as a charge that first needs its cardholder. */
  | { kind: 'REJECTED'; code: string; intent?: IntentFacts }
  | { kind: 'UNKNOWN'; why: string };

/** A part of a list, newest first; `cursor` asks for the next, and null is the end. */
export interface Page<Item> {
  items: Item[];
  cursor: string | null;
}

export interface PageRequest {
  createdAfter: Date;
  /** Not part of it. */
  createdBefore?: Date;
  cursor: string | null;
  /** At most 100. */
  limit: number;
}

export interface AuthorizeRequest {
  key: string;
  amountMinor: bigint;
  currency: string;
  customerReference: string;
  methodReference: string;
  origin: Origin;
  /** The cardholder is away, and a mandate allows it. Where the bank asks for them, it is REJECTED with the intent. */
  offSession?: boolean;
  /** The card is also made ready for later, with the cardholder's consent. */
  setupFutureUse?: boolean;
  /** Asks the bank for the cardholder's authentication even where it would not insist. */
  demandAuthentication?: boolean;
  /** `manual` unless said otherwise: reserved now, taken by `capture`. */
  captureMethod?: 'manual' | 'automatic';
}

export interface CollectionRequest {
  key: string;
  customerReference: string;
  origin: CollectionOrigin;
  /** Where the page sends the payer afterwards, whatever came of it. */
  returnUrl: string;
  cancelUrl: string;
  expiresAt: Date;
  /** Asks the bank for the cardholder's authentication even where it would not insist. */
  demandAuthentication?: boolean;
  /** Null: the card is only made ready for later. */
  payment: { amountMinor: bigint; currency: string; title: string; origin: Origin } | null;
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
  /** Brings the cardholder back to an intent that needs them: confirmed again, on session. */
  confirm(request: {
    key: string;
    intentReference: string;
    methodReference: string;
  }): Promise<Outcome<IntentFacts>>;
  /** A card made ready for later by a form inside an app; the form confirms it with the client secret. */
  createSetup(request: {
    key: string;
    customerReference: string;
    origin: CollectionOrigin;
    /** Asks the bank for the cardholder's authentication even where it would not insist. */
    demandAuthentication?: boolean;
  }): Promise<Outcome<SetupFacts>>;
  /** No card can be brought by it any more. */
  cancelSetup(request: { key: string; setupReference: string }): Promise<Outcome<SetupFacts>>;
  readSetup(setupReference: string): Promise<Outcome<SetupFacts>>;
  createCollection(request: CollectionRequest): Promise<Outcome<CollectionFacts>>;
  /** Nobody can use the page any more. */
  closeCollection(request: { key: string; collectionReference: string }): Promise<Outcome<CollectionFacts>>;
  readCollection(collectionReference: string): Promise<Outcome<CollectionFacts>>;
  readCharge(chargeReference: string): Promise<Outcome<ChargeFacts>>;
  readDispute(disputeReference: string): Promise<Outcome<DisputeFacts>>;
  /** `submit`: it goes to the bank, and no more can be said afterwards. */
  submitEvidence(request: {
    key: string;
    disputeReference: string;
    evidence: DisputeEvidence;
    submit: boolean;
  }): Promise<Outcome<DisputeFacts>>;
  refundsOfIntent(intentReference: string): Promise<Outcome<RefundFacts[]>>;
  listIntents(request: PageRequest): Promise<Outcome<Page<IntentFacts>>>;
  listRefunds(request: PageRequest): Promise<Outcome<Page<RefundFacts>>>;
  listDisputes(request: PageRequest): Promise<Outcome<Page<DisputeFacts>>>;
  listBalanceTransactions(request: PageRequest): Promise<Outcome<Page<BalanceFacts>>>;
  /** Of what an automatic payout consists, itself included. REJECTED for one that somebody made by hand. */
  listPayoutLines(request: {
    payoutReference: string;
    cursor: string | null;
    limit: number;
  }): Promise<Outcome<Page<PayoutLine>>>;
  readEvent(eventId: string): Promise<Outcome<EventFacts>>;
}

/** The processor's idempotency key of an operation. Never random per attempt: that is what makes a repeat harmless. */
export const keyOf = (opId: string): string => `op_${opId}`;

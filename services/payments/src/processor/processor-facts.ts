// What the processor says now about an object, in our words.

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
  /** The issuer's word for a refusal, such as insufficient_funds; for rules and staff, never for whoever pays. */
  declineCode: string | null;
  chargeReference: string | null;
  /** What the processor keeps; null until it has said so. */
  feeMinor: bigint | null;
  /** Of the account that it is kept from, which need not be what was charged in. */
  feeCurrency: string | null;
  issuerCountry: string | null;
  cardRisk: 'normal' | 'elevated' | 'highest' | null;
  createdAt: Date;
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
  origin: Origin | null;
  intentReference: string | null;
  currency: string;
  createdAt: Date;
}

/** INQUIRY: the bank asks, and no money has moved. CLOSED: an inquiry that came to nothing. */
export type ProcessorDisputeStatus =
  'INQUIRY' | 'NEEDS_RESPONSE' | 'UNDER_REVIEW' | 'WON' | 'LOST' | 'CLOSED';

export interface DisputeFacts {
  reference: string;
  intentReference: string | null;
  status: ProcessorDisputeStatus;
  amountMinor: bigint;
  currency: string;
  /** The bank's word, such as fraudulent or product_not_received. */
  reason: string;
  evidenceDueAt: Date | null;
  /** Taken from the balance for now or for good; zero for an inquiry, and once it came back. */
  withdrawnMinor: bigint;
  /** What the processor charges for the dispute. */
  feeMinor: bigint;
  feeCurrency: string;
  /** Of the payment that is disputed. */
  origin: Origin | null;
  createdAt: Date;
}

/** What may be said to the bank; words only, because files would need an upload of their own. */
export interface DisputeEvidence {
  cancellationPolicyDisclosure?: string;
  cancellationRebuttal?: string;
  refundPolicyDisclosure?: string;
  accessActivityLog?: string;
  productDescription?: string;
  serviceDate?: string;
  text?: string;
}

export interface ChargeFacts {
  reference: string;
  intentReference: string | null;
  amountMinor: bigint;
  capturedMinor: bigint;
  refundedMinor: bigint;
  currency: string;
  disputed: boolean;
  feeMinor: bigint | null;
  issuerCountry: string | null;
  cardRisk: IntentFacts['cardRisk'];
}

export type BalanceKind =
  | 'CHARGE'
  | 'REFUND'
  | 'REFUND_FAILURE'
  | 'DISPUTE'
  | 'DISPUTE_REVERSAL'
  | 'PAYOUT'
  /** The bank sent a payout back. */
  | 'PAYOUT_FAILURE'
  | 'OTHER';

/** One line of the processor's account of ours. Amounts are signed: what came is positive. */
export interface BalanceFacts {
  reference: string;
  kind: BalanceKind;
  amountMinor: bigint;
  feeMinor: bigint;
  netMinor: bigint;
  currency: string;
  /** The charge, refund, dispute or payout behind it. */
  sourceReference: string | null;
  createdAt: Date;
}

/** One line of what a payout took to the bank. */
export interface PayoutLine extends BalanceFacts {
  /** Whose payment it is about, as its metadata says; null when nobody said, as for a refund from the dashboard. */
  organizationId: string | null;
  /** The payment behind it; null for what is about none, such as a fee for the account. */
  intentReference: string | null;
}

export type SetupStatus = 'REQUIRES_METHOD' | 'REQUIRES_ACTION' | 'PROCESSING' | 'SUCCEEDED' | 'CANCELED';

/** Whose visit it is; written into the metadata of every setup and every visit to the card page. */
export interface CollectionOrigin {
  organizationId: string;
  clientId: string;
  collectionId: string;
}

/** A card being made ready for later. */
export interface SetupFacts {
  reference: string;
  status: SetupStatus;
  /** Once it has succeeded. */
  method: MethodFacts | null;
  declineCode: string | null;
  origin: CollectionOrigin | null;
  /** For the payer only; never stored, never logged. */
  clientSecret: string | null;
}

/** A visit to the processor's own page. */
export interface CollectionFacts {
  reference: string;
  status: 'OPEN' | 'COMPLETE' | 'EXPIRED';
  /** Where to send the payer while it is open. */
  url: string | null;
  setupReference: string | null;
  intentReference: string | null;
  origin: CollectionOrigin | null;
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

export type EventSubject =
  'INTENT' | 'CHARGE' | 'REFUND' | 'DISPUTE' | 'SETUP' | 'COLLECTION' | 'METHOD' | 'OTHER';

/** What happened, by name; `intentReference` is null when it is about something that belongs to no intent. */
export interface EventFacts {
  type: string;
  subject: EventSubject;
  /** The object that it happened to. */
  reference: string | null;
  intentReference: string | null;
}

/**
 * Stripe's well-known test payment methods and tokens (docs.stripe.com/testing): the name says what will happen, no
 * number is involved. `tok_visa`, `pm_card_visa` and `pm_card_visa_chargeDeclined` name the same table.
 */
export interface TestCard {
  brand: 'visa' | 'mastercard' | 'amex';
  last4: string;
  funding: 'credit' | 'debit';
  /** Refused as soon as it is attached to a customer, and when charged. */
  declined?: string;
  /** Attaches, then refuses every charge. */
  declinedWhenCharged?: string;
  /** Every time, or until it was set up once with its holder there. */
  needsAuthentication?: 'always' | 'unless_set_up';
  refund?: 'pending' | 'fails_later';
  disputes?: { reason: string; inquiry: boolean };
  country?: string;
  risk?: 'elevated' | 'highest';
}

const visa: TestCard = { brand: 'visa', last4: '4242', funding: 'credit' };

const CARDS: Record<string, TestCard> = {
  visa,
  visa_debit: { ...visa, last4: '5556', funding: 'debit' },
  mastercard: { brand: 'mastercard', last4: '4444', funding: 'credit' },
  amex: { brand: 'amex', last4: '8431', funding: 'credit' },
  chargeDeclined: { ...visa, last4: '0002', declined: 'generic_decline' },
  chargeDeclinedInsufficientFunds: { ...visa, last4: '9995', declined: 'insufficient_funds' },
  chargeDeclinedLostCard: { ...visa, last4: '9987', declined: 'lost_card' },
  chargeDeclinedStolenCard: { ...visa, last4: '9979', declined: 'stolen_card' },
  chargeDeclinedExpiredCard: { ...visa, last4: '0069', declined: 'expired_card' },
  chargeDeclinedIncorrectCvc: { ...visa, last4: '0127', declined: 'incorrect_cvc' },
  chargeDeclinedProcessingError: { ...visa, last4: '0119', declined: 'processing_error' },
  chargeDeclinedFraudulent: { ...visa, last4: '0019', declined: 'fraudulent', risk: 'highest' },
  chargeDeclinedVelocityLimitExceeded: { ...visa, last4: '6975', declined: 'card_velocity_exceeded' },
  riskLevelElevated: { ...visa, last4: '9235', risk: 'elevated' },
  riskLevelHighest: { ...visa, last4: '4954', risk: 'highest' },
  de: { ...visa, last4: '0016', country: 'DE' },
  fr: { ...visa, last4: '0003', country: 'FR' },
  gb: { ...visa, last4: '0000', country: 'GB' },
  chargeCustomerFail: { ...visa, last4: '0341', declinedWhenCharged: 'generic_decline' },
  authenticationRequired: { ...visa, last4: '3184', needsAuthentication: 'always' },
  authenticationRequiredOnSetup: { ...visa, last4: '3155', needsAuthentication: 'unless_set_up' },
  threeDSecureRequired: { ...visa, last4: '3063', needsAuthentication: 'always' },
  authenticationRequiredChargeDeclinedInsufficientFunds: {
    ...visa,
    last4: '0068',
    needsAuthentication: 'always',
    declinedWhenCharged: 'insufficient_funds',
  },
  createDispute: { ...visa, last4: '0259', disputes: { reason: 'fraudulent', inquiry: false } },
  createDisputeProductNotReceived: {
    ...visa,
    last4: '2685',
    disputes: { reason: 'product_not_received', inquiry: false },
  },
  createDisputeInquiry: { ...visa, last4: '1976', disputes: { reason: 'fraudulent', inquiry: true } },
  refundFail: { ...visa, last4: '5126', refund: 'fails_later' },
  pendingRefund: { ...visa, last4: '7726', refund: 'pending' },
};

/** The name in `pm_card_NAME` or `tok_NAME`; undefined when it is no test card of ours. */
export function testCardName(reference: string): string | undefined {
  const name = /^(?:pm_card|tok)_(.+)$/.exec(reference)?.[1];
  if (name === undefined) return undefined;
  if (name in CARDS) return name;
  const withoutBrand = name.replace(/^visa_/, '');
  return withoutBrand in CARDS ? withoutBrand : undefined;
}

/** The cards that the hosted page offers, in this order: one of each kind of behaviour. */
export const offeredCards = (): { name: string; brand: string; last4: string }[] =>
  Object.entries(CARDS).map(([name, { brand, last4 }]) => ({ name, brand, last4 }));

export function testCard(name: string): TestCard {
  const card = CARDS[name];
  if (card === undefined) throw new Error(`no test card is called ${name}`);
  return card;
}

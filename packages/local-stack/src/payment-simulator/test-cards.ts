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
  needsAuthentication?: true;
  refund?: 'pending' | 'fails_later';
  disputes?: true;
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
  chargeCustomerFail: { ...visa, last4: '0341', declinedWhenCharged: 'generic_decline' },
  authenticationRequired: { ...visa, last4: '3184', needsAuthentication: true },
  createDispute: { ...visa, last4: '0259', disputes: true },
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

export function testCard(name: string): TestCard {
  const card = CARDS[name];
  if (card === undefined) throw new Error(`no test card is called ${name}`);
  return card;
}

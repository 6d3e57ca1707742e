import { retentionRule } from '@kept/personal-data';
import type { PersonalData } from '@kept/personal-data';

export const tokensUnused = retentionRule({
  name: 'payment method tokens',
  clock: 'last_used_at',
  period: 'P13M',
  then: 'shred',
  // Detached at the processor first (retire-unused-methods.ts); only then is our copy of the reference removed.
  onlyWhen: `status = 'DELETED'`,
  reason: 'A token nobody used for more than a year is a risk without a use.',
});

const methodsKept = retentionRule({
  name: 'payment methods',
  clock: 'last_used_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'Brand and last four digits explain a payment for as long as the payment itself is kept.',
});

const customersKept = retentionRule({
  name: 'processor customers',
  clock: 'created_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'A later refund of a kept payment needs the same customer at the payment processor.',
});

const paidBookings = retentionRule({
  name: 'paid bookings',
  clock: 'created_at',
  period: 'P10Y',
  then: 'delete_row',
  onlyWhen: 'has_payment',
  reason: 'Tax and commercial law: records behind the books are kept ten years.',
});

const unpaidBookings = retentionRule({
  name: 'bookings without payment',
  clock: 'created_at',
  period: 'P24M',
  then: 'delete_row',
  onlyWhen: 'NOT has_payment',
  reason: 'As long as scheduling keeps the booking; no books depend on it.',
});

const paymentsKept = retentionRule({
  name: 'payments',
  clock: 'created_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'Tax and commercial law: records behind the books are kept ten years.',
});

const boughtPasses = retentionRule({
  name: 'bought passes',
  clock: 'created_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'As long as the payment for it, which it explains.',
});

const withPayment = retentionRule({
  name: 'what belongs to a payment',
  clock: 'payment.created_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'Goes together with its payment.',
});

const withBooking = retentionRule({
  name: 'what belongs to a paid booking',
  clock: 'booking_reference.created_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'Goes together with its booking.',
});

const collectionsKept = retentionRule({
  name: 'visits to the card page',
  clock: 'created_at',
  period: 'P90D',
  then: 'delete_row',
  reason: 'What it brought is a payment method of its own; the visit explains trouble for a while.',
});

const mandatesKept = retentionRule({
  name: 'mandates',
  clock: 'accepted_at',
  period: 'P10Y',
  then: 'delete_row',
  reason: 'Tax and commercial law: what was agreed stands behind what was taken, and disputes ask for it.',
});

const assessmentsKept = retentionRule({
  name: 'judgements of payments',
  clock: 'assessed_at',
  period: 'P18M',
  then: 'delete_row',
  reason: 'Banks ask about a payment for up to 540 days; then nobody needs to know how it was judged.',
});

const pastSignals = retentionRule({
  name: 'past client signals',
  clock: 'noted_at',
  period: 'P18M',
  then: 'delete_row',
  reason: 'As long as the judgements that rest on it; then nobody needs to know.',
});

const base = {
  subject: 'clientId',
  category: 'pd:Transaction',
  purposes: ['payment'],
  erase: 'keep',
  export: 'client',
} as const;

const contract = { ...base, basis: 'gdpr:A6-1-b' } as const;
const legalDuty = { ...base, basis: 'gdpr:A6-1-c' } as const;

/** A reference at the payment processor: sealed under the client's own key, gone when that key is destroyed. */
const sealed = {
  ...contract,
  category: 'pd:FinancialAccount',
  fieldClass: 'payment_reference',
  erase: 'shred',
  export: 'none',
} as const;

/** The declarations that several entities share; what is only about one column stands at the column. */
export const declared = {
  methodReference: {
    ...sealed,
    reason: 'The token by which the payment processor knows the card.',
    retention: tokensUnused,
  },
  methodFingerprint: {
    ...contract,
    erase: 'delete',
    export: 'none',
    category: 'pd:FinancialAccount',
    reason: 'Tells whether two tokens are the same card; a keyed hash, useless without the key.',
    retention: tokensUnused,
  },
  methodFact: {
    ...contract,
    category: 'pd:PaymentCard',
    reason: 'So that you recognize your card.',
    retention: methodsKept,
  },
  mandate: {
    ...legalDuty,
    reason: 'What you agreed may be taken from your card, and when.',
    retention: mandatesKept,
  },
  mandateAddress: {
    ...legalDuty,
    erase: 'delete',
    export: 'none',
    category: 'pd:IPAddress',
    reason: 'Shows that it was you who agreed; a keyed hash, never the address.',
    retention: mandatesKept,
  },
  collection: {
    ...contract,
    reason: 'Whose visit to the card page brought which card.',
    retention: collectionsKept,
  },
  collectionReference: {
    ...sealed,
    reason: 'The visit at the payment processor, to ask what came of it.',
    retention: collectionsKept,
  },
  customerReference: {
    ...sealed,
    reason: 'The name under which the payment processor keeps your tokens.',
    retention: customersKept,
  },
  customerFact: { ...contract, reason: 'Whose tokens they are.', retention: customersKept },
  paidBooking: { ...legalDuty, reason: 'Whose booking a payment belongs to.', retention: paidBookings },
  bookingTime: {
    ...legalDuty,
    reason: 'When a payment is to be reserved, taken or given back.',
    retention: paidBookings,
  },
  unpaidBooking: {
    ...contract,
    subject: 'clientId',
    reason: 'Who may see whether the booking is paid.',
    retention: unpaidBookings,
  },
  paymentReference: {
    ...sealed,
    reason: 'The payment at the payment processor, needed to take, release or give back the money.',
    retention: paymentsKept,
  },
  payment: { ...legalDuty, reason: 'What was agreed and paid, and when.', retention: paymentsKept },
  boughtPass: {
    ...legalDuty,
    subject: 'client_id',
    reason: 'Which pass you paid for, and what became of it.',
    retention: boughtPasses,
  },
  refundReference: {
    ...sealed,
    reason: 'The refund at the payment processor.',
    retention: withPayment,
  },
  refund: { ...legalDuty, reason: 'What was given back, and when.', retention: withPayment },
  dispute: {
    ...legalDuty,
    reason: 'What your bank was asked about a payment, and what it decided.',
    retention: withPayment,
  },
  disputeReference: { ...sealed, reason: 'The dispute at the payment processor.', retention: withPayment },
  assessment: {
    ...base,
    basis: 'gdpr:A6-1-f',
    reason: 'So that stolen cards are not tried out here.',
    retention: assessmentsKept,
  },
  assessedNetwork: {
    ...base,
    basis: 'gdpr:A6-1-f',
    erase: 'delete',
    export: 'none',
    category: 'pd:IPAddress',
    reason: 'Counts what failed from one place; a keyed hash, never the address.',
    retention: assessmentsKept,
  },
  assessedDevice: {
    ...base,
    basis: 'gdpr:A6-1-f',
    erase: 'delete',
    category: 'pd:DeviceBased',
    reason: 'Tells whether you have paid with this device before.',
    retention: assessmentsKept,
  },
  signal: {
    ...base,
    subject: 'client_id',
    basis: 'gdpr:A6-1-f',
    erase: 'delete',
    category: 'pd:EmailAddress',
    reason: 'So that stolen cards are not tried out here.',
    retention: pastSignals,
    inClearBecause: 'It is a word about the sort of address, not the address.',
  },
  signalCountry: {
    ...base,
    subject: 'client_id',
    basis: 'gdpr:A6-1-f',
    erase: 'delete',
    category: 'pd:TelephoneNumber',
    reason: 'Tells whether a card comes from where its client lives.',
    retention: pastSignals,
    inClearBecause: 'It is the country that a number begins with, not the number.',
  },
  fee: {
    ...legalDuty,
    reason: 'What not coming or calling off late cost, and why it did not.',
    retention: withBooking,
  },
} satisfies Record<string, PersonalData>;

import type { Audience } from './audiences.ts';

/**
 * What personal data may be used for: the words of the personal-data declarations (`booking.service`), as GraphQL
 * writes them. GDPR article 5(1)(b): collected for a purpose that was said, and not used for another.
 */
export const PURPOSES = [
  'BOOKING_SERVICE',
  'BOOKING_REMINDER',
  'MARKETING_NEWS',
  'ACCOUNT_SECURITY',
  'PAYMENT',
  'ACCOUNTABILITY',
] as const;
export type Purpose = (typeof PURPOSES)[number];

const DESCRIPTIONS: Readonly<Record<Purpose, string>> = {
  BOOKING_SERVICE: 'To make, keep and hold appointments.',
  BOOKING_REMINDER: 'To remind of appointments.',
  MARKETING_NEWS: 'To send news to those who agreed.',
  ACCOUNT_SECURITY: 'To open, protect and show the account of the person who asks.',
  PAYMENT: 'To take, give back and account for money.',
  ACCOUNTABILITY: 'To show afterwards what was done, and that it was lawful.',
};

/** The enum of the schema, identical in every subgraph. */
export const purposeSdl = `"What personal data may be used for."
enum Purpose {
${PURPOSES.map((purpose) => `  "${DESCRIPTIONS[purpose]}"\n  ${purpose}`).join('\n')}
}
`;

// What each audience needs for the work it is named after, and no more; nobody has MARKETING_NEWS by nature.
const NATURAL: Readonly<Partial<Record<Audience, readonly Purpose[]>>> = {
  PUBLIC: ['ACCOUNT_SECURITY'],
  CLIENT: ['BOOKING_SERVICE', 'BOOKING_REMINDER', 'PAYMENT'],
  PROVIDER: ['BOOKING_SERVICE'],
  FRONT_DESK: ['BOOKING_SERVICE', 'BOOKING_REMINDER'],
  BILLING: ['BOOKING_SERVICE', 'PAYMENT'],
  MANAGER: ['BOOKING_SERVICE', 'BOOKING_REMINDER'],
  COMPLIANCE: ['ACCOUNTABILITY'],
  EMERGENCY: ['BOOKING_SERVICE'],
};

/**
 * The purposes that an audience set has where no client app declares any: the built-in app's. In the order of `PURPOSES`.
 * An app of a registry declares its own (least privilege, 45 CFR 164.502(b)); nothing is natural to it.
 */
export function purposesOf(audiences: readonly Audience[]): readonly Purpose[] {
  const known = naturalOf.get(audiences);
  if (known) return known;
  const had = new Set(audiences.flatMap((audience) => NATURAL[audience] ?? []));
  const purposes = PURPOSES.filter((purpose) => had.has(purpose));
  naturalOf.set(audiences, purposes);
  return purposes;
}
const naturalOf = new WeakMap<readonly Audience[], readonly Purpose[]>();

/** Whether something kept for `allowed` may be used by an operation with `declared`. Empty `allowed`: not personal. */
export const isForPurpose = (allowed: readonly Purpose[], declared: readonly Purpose[]) =>
  allowed.length === 0 || allowed.some((purpose) => declared.includes(purpose));

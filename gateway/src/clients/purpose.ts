/** Why personal data is asked for: the words of the personal-data declarations, as the graph writes them. */
export const PURPOSES = [
  'BOOKING_SERVICE',
  'BOOKING_REMINDER',
  'MARKETING_NEWS',
  'ACCOUNT_SECURITY',
  'PAYMENT',
  'ACCOUNTABILITY',
] as const;
export type Purpose = (typeof PURPOSES)[number];

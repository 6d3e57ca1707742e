/** The mails that identity writes: its own, and those other services ask for. */
export const OWN_TEMPLATES = [
  'address-code',
  'sign-up-tried',
  'new-device',
  'sign-in-locked',
  'session-ended',
  'authenticator-enrolled',
  'authenticator-removed',
  'emergency-access-started',
  'emergency-access-review-due',
] as const;
export const REQUESTED_TEMPLATES = [
  'booking-confirmed',
  'booking-rescheduled',
  'booking-cancelled',
  'booking-reminder',
  'payment-captured',
  'payment-refunded',
] as const;
/** Mails to the people responsible for data protection, about something that another service has noticed. */
export const ALERT_TEMPLATES = ['large-download'] as const;
export type TemplateName =
  (typeof OWN_TEMPLATES)[number] | (typeof REQUESTED_TEMPLATES)[number] | (typeof ALERT_TEMPLATES)[number];

/** Everything a text may use. Parameters are references, times and amounts, never names. */
export interface LetterFacts {
  readonly recipientName: string | null;
  readonly organizationName: string;
  /** The zone the recipient's times are written in. */
  readonly timeZone: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly code?: string;
}

/** A mail before it is laid out: plain sentences, escaped later and only once. */
export interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** Shown large, on a line of its own. */
  readonly code?: string;
  /** What the link to the organization's pages says; its address comes from configuration alone (A39). */
  readonly link?: string;
}

/** One language: a file beside this one, entered in `write-letter.ts`. */
export interface Language {
  readonly code: string;
  readonly letters: Readonly<Record<TemplateName, (facts: LetterFacts) => Letter>>;
  readonly greeting: (name: string | null) => string;
  readonly closing: (organizationName: string) => string;
}

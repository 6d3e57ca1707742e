/** The mails that identity writes: its own, and those other services ask for. */
export const OWN_TEMPLATES = [
  'address-code',
  'sign-up-tried',
  'new-device',
  'sign-in-locked',
  'sign-in-closed',
  'sign-in-attack',
  'unlock-link',
  'account-unlocked',
  'account-locked',
  'session-ended',
  'authenticator-enrolled',
  'authenticator-removed',
  'authenticator-replaced',
  'authenticator-restored',
  'factors-removed-by-staff',
  'recovery-codes-renewed',
  'passkey-added',
  'passkey-removed',
  'passkey-in-doubt',
  'password-reset-code',
  'second-factor-code',
  'code-factor-enrolled',
  'code-factor-removed',
  'password-changed',
  'password-expires',
  'contact-change-code',
  'contact-change-taken',
  'contact-change-started',
  'contact-changed',
  'contact-change-undone',
  'emergency-access-started',
  'emergency-access-review-due',
  'not-me-received',
  'security-case-opened',
  'shared-credential',
  'network-pass-used',
  'security-update',
  'staff-invitation',
  'guardianship-confirmed',
  'guardianship-ended',
  'own-account',
  'own-account-proposed',
  'role-requested',
  'account-dormant',
] as const;
export const REQUESTED_TEMPLATES = [
  'booking-requested',
  'booking-confirmed',
  'booking-rescheduled',
  'booking-cancelled',
  'booking-declined',
  'booking-expired',
  'booking-no-show',
  'booking-unpaid',
  'booking-reminder',
  'provider-changed',
  'series-confirmed',
  'waitlist-offer',
  'waitlist-offer-ended',
  'calendar-connection-failed',
  'payment-captured',
  'payment-fee-charged',
  'payment-refunded',
  'payment-refund-failed',
  'payment-released',
  'payment-expired',
  'payment-action-needed',
  'payment-balance-due',
  'payment-disputed',
  'payment-dispute-closed',
  'payment-card-expiring',
] as const;
/** Mails to the people responsible, for data protection, bookings or money, about something that another service has noticed. */
export const ALERT_TEMPLATES = [
  'large-download',
  'unusual-changes',
  'review-waiting',
  'payment-incident',
  'processor-attestation',
] as const;
export type TemplateName =
  (typeof OWN_TEMPLATES)[number] | (typeof REQUESTED_TEMPLATES)[number] | (typeof ALERT_TEMPLATES)[number];

/** The letters that identity writes of its own accord; each language has them in a file of their own. */
export type AccountLetters = Readonly<Record<(typeof OWN_TEMPLATES)[number], (words: Words) => Letter>>;

/** Everything a mail is written from. Parameters are references, times and amounts, never names of people. */
export interface LetterFacts {
  readonly recipientName: string | null;
  readonly organizationName: string;
  /** The zone the recipient's times are written in. */
  readonly timeZone: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** They give the appointment, as a provider does: nobody invites them to make another one. */
  readonly givesAppointment?: boolean;
  readonly code?: string;
  /** Where the link leads when it is this recipient's alone: a secret of this mail. Else to the organization's pages. */
  readonly linkUrl?: string;
  /** Where somebody says that it was not them: once, without signing in. In every notice about an account's security. */
  readonly notMeUrl?: string;
  /** On what and from where it was, as coarsely as is known; null for what nobody knows. */
  readonly seen?: {
    readonly device: string | null;
    readonly city: string | null;
    readonly country: string | null;
  };
  /** What an organization has written itself, for this mail alone. */
  readonly ownText?: { readonly subject: string; readonly paragraphs: readonly string[] };
  /** Says to whoever asks `checkMessage` that the mail is ours. */
  readonly checkCode?: string;
}

/** The facts as this language writes them, ready to stand in a sentence. */
export interface Words {
  /** The business, isolated from the sentence around it. */
  readonly organization: string;
  /** When the appointment is: on the recipient's clock and, where that differs, on the appointment's own. */
  readonly when: string;
  readonly amount: string;
  /** What the money is for: an appointment, unless the message says that it is a pass. */
  readonly paidFor: (appointment: string, pass: string) => string;
  /** What a receipt's amount consists of besides the price; empty where there is no such part. */
  readonly partOf: (part: 'tax' | 'tip' | 'discount') => string;
  /** Another instant among the parameters, on the recipient's clock. */
  readonly at: (parameter: string) => string;
  readonly count: (parameter: string) => string;
  /** On what and from where somebody signed in; empty when nobody knows. */
  readonly seen: string;
  readonly ownText: { readonly subject: string; readonly paragraphs: readonly string[] };
}

/** A mail before it is laid out: plain sentences, escaped later and only once. */
export interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What the link to the organization's pages says; its address comes from configuration alone (A39). */
  readonly link?: string;
}

/**
 * One language: a file beside this one, entered in `languages.ts`. Complete by type: a letter that is missing is a red
 * line. What an appointment is for stands in no letter: mail is read over shoulders and kept by others.
 */
export interface Language {
  /** The language alone (BCP 47), such as `de`. */
  readonly code: string;
  /** How times and amounts are written for whoever has named no region, such as `de-DE`. */
  readonly locale: string;
  readonly letters: Readonly<Record<TemplateName, (words: Words) => Letter>>;
  readonly greeting: (name: string | null) => string;
  readonly closing: (organizationName: string) => string;
  /** How whoever doubts a mail finds out whether it is ours; the address of the page stands behind it. */
  readonly genuine: (code: string) => string;
  /** What the link of a security notice says, for whoever did not do what it tells of. */
  readonly notMe: string;
  /** Two clocks that show one instant differently: the recipient's, then the appointment's. */
  readonly onBothClocks: (own: string, there: string) => string;
}

/** Raised whenever a rule, a weight or a threshold changes: a review says which rules looked at it. */
export const RULES_VERSION = 1;
/** From this score on a person looks at a booking before it stands. */
export const REVIEW_FROM = 60;

/** How many people besides the declared dependents one client may book for within thirty days. */
export const PEOPLE_MAX = 4;

/** What the rules look at: counts, codes and zones. No name, address or text of anybody. */
export interface BookingFacts {
  /** Bookings the client made within the last hour and day, this one among them; ten of a series count as one. */
  readonly madeLastHour: number;
  readonly madeLastDay: number;
  /** Within the last 180 days. */
  readonly noShows: number;
  /** Of the same days, counted no further than one more than `noShows`: beyond that the number says nothing more. */
  readonly kept: number;
  /** What identity said of the account. */
  readonly signals: readonly string[];
  /** Since when the client is known here; null when scheduling has not heard of them yet. */
  readonly knownForMinutes: number | null;
  /** Requests without an account from the network this one came from, within the last day. */
  readonly requestsOfNetwork: number;
  /** Hours between the asker's clock and the provider's at the appointment; null when the asker did not say. */
  readonly hoursApart: number | null;
  readonly inPerson: boolean;
  readonly noticeMinutes: number;
  /** Different people, by name or by telephone, whichever are more, within thirty days; dependents and staff's entries aside. */
  readonly people: number;
}

const RULES = {
  // A family books several times in a row; nobody books fifteen times a day by hand for themselves.
  VELOCITY: ({ madeLastHour, madeLastDay }) =>
    madeLastDay >= 15 ? 60 : madeLastHour >= 6 || madeLastDay >= 10 ? 40 : 0,
  DISPOSABLE_ADDRESS: ({ signals }) => (signals.includes('DISPOSABLE_ADDRESS') ? 40 : 0),
  // Somebody who travels books ahead; a visit tomorrow, asked for from four zones away, is worth a look.
  FAR_AWAY: ({ hoursApart, inPerson, noticeMinutes }) =>
    inPerson && hoursApart !== null && hoursApart >= 4 ? (noticeMinutes < 2_880 ? 30 : 15) : 0,
  REPEATED_NO_SHOW: ({ noShows, kept }) => (noShows >= 3 && noShows >= kept ? 60 : noShows >= 2 ? 30 : 0),
  BUSY_NETWORK: ({ requestsOfNetwork }) => (requestsOfNetwork >= 6 ? 30 : 0),
  MANY_PEOPLE: ({ people }) => (people > PEOPLE_MAX ? 60 : 0),
  // Says nothing by itself; with something else it does.
  NEW_ACCOUNT: ({ knownForMinutes }) => (knownForMinutes === null || knownForMinutes < 60 ? 10 : 0),
} as const satisfies Record<string, (facts: BookingFacts) => number>;

export type SuspicionCode = keyof typeof RULES;

export const SUSPICION_CODES = Object.keys(RULES) as readonly SuspicionCode[];

export interface Judgement {
  /** `REVIEW` puts a person before the booking. There is no third outcome: rules deny nobody (GDPR article 22). */
  readonly outcome: 'ALLOW' | 'REVIEW';
  readonly rulesVersion: number;
  /** 0 to 100. */
  readonly score: number;
  /** Heaviest first. */
  readonly reasons: readonly { readonly code: SuspicionCode; readonly weight: number }[];
}

/** What the rules make of a booking that is about to stand. Pure: the same facts are judged the same. */
export function judgeBooking(facts: BookingFacts): Judgement {
  const reasons = SUSPICION_CODES.map((code) => ({ code, weight: RULES[code](facts) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  const sum = reasons.reduce((total, { weight }) => total + weight, 0);
  return {
    outcome: sum >= REVIEW_FROM ? 'REVIEW' : 'ALLOW',
    rulesVersion: RULES_VERSION,
    score: Math.min(100, sum),
    reasons,
  };
}

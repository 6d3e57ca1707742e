/** What a booking is judged by before it is kept or confirmed. No name, address or text of anybody. */
export interface BookingRiskSignals {
  /** What identity made of the session at its last refresh. */
  readonly riskLevel: 'LOW' | 'MEDIUM' | 'HIGH';
  /** The client has confirmed bookings before, but on no such device. */
  readonly newDevice: boolean;
  /** Nor from this country. */
  readonly newCountry: boolean;
  /** Codes of what is odd about the client's bookings, as the review queue knows them. */
  readonly suspicions: readonly string[];
  /** The price beside what this business usually asks: 1 is usual; null when nothing costs anything. */
  readonly timesUsualPrice: number | null;
  readonly leadMinutes: number;
}

export type BookingRiskLevel = 'LOW' | 'MEDIUM' | 'HIGH';

export interface BookingRisk {
  /** 0 to 100. */
  readonly score: number;
  readonly level: BookingRiskLevel;
  readonly reasons: readonly BookingRiskReason[];
}

const MEDIUM_FROM = 30;
const HIGH_FROM = 60;

/** Points that speak for somebody else being at the client's account. */
const ABOUT_THE_PERSON = {
  SESSION_RISK: ({ riskLevel }: BookingRiskSignals) => ({ LOW: 0, MEDIUM: 30, HIGH: 60 })[riskLevel],
  NEW_DEVICE: ({ newDevice }: BookingRiskSignals) => (newDevice ? 20 : 0),
  NEW_COUNTRY: ({ newCountry }: BookingRiskSignals) => (newCountry ? 20 : 0),
} as const;

/** Points that make it dearer to be wrong. */
const ABOUT_THE_BOOKING = {
  SUSPICIONS: ({ suspicions }: BookingRiskSignals) => Math.min(30, 15 * suspicions.length),
  // What is sold on or paid with a stolen card is dear, and is wanted at once.
  DEAR: ({ timesUsualPrice }: BookingRiskSignals) => ((timesUsualPrice ?? 0) >= 3 ? 15 : 0),
  SHORT_NOTICE: ({ leadMinutes }: BookingRiskSignals) => (leadMinutes < 120 ? 10 : 0),
} as const;

export type BookingRiskReason = keyof typeof ABOUT_THE_PERSON | keyof typeof ABOUT_THE_BOOKING;

/**
 * How sure we should be who books (ADV-04). Pure. What is odd about a booking alone is for a person to look at (reviews/):
 * a code proves who somebody is, and says nothing about whether they come. So only where something speaks for somebody
 * else does the rest count.
 */
export function judgeBookingRisk(signals: BookingRiskSignals): BookingRisk {
  const person = weigh(ABOUT_THE_PERSON, signals);
  const booking = person.length > 0 ? weigh(ABOUT_THE_BOOKING, signals) : [];
  const found = [...person, ...booking].toSorted((one, other) => other.points - one.points);
  const score = Math.min(
    100,
    found.reduce((sum, { points }) => sum + points, 0),
  );
  return {
    score,
    level: score >= HIGH_FROM ? 'HIGH' : score >= MEDIUM_FROM ? 'MEDIUM' : 'LOW',
    reasons: found.map(({ reason }) => reason),
  };
}

function weigh<Reason extends BookingRiskReason>(
  rules: Readonly<Record<Reason, (signals: BookingRiskSignals) => number>>,
  signals: BookingRiskSignals,
): { reason: Reason; points: number }[] {
  return (Object.keys(rules) as Reason[])
    .map((reason) => ({ reason, points: rules[reason](signals) }))
    .filter(({ points }) => points > 0);
}

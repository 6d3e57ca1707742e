import { workingSpans, localDay, type WorkingTime } from './working-time.ts';
import type { Span, Spans } from './intervals.ts';
import { offeredStarts, refusalOfStart, rangeToRead, type Offering, type OfferTerms } from './offer.ts';
import { holds, startSpans } from './together.ts';
import type { Zone } from './zone.ts';

/** Why a start is not offered by one provider. */
export type ReasonCode =
  | 'NOTICE'
  | 'ADVANCE'
  | 'RULE'
  | 'OVERRIDE'
  | 'CLOSURE'
  | 'TIME_OFF'
  | 'EXTERNAL_CALENDAR'
  | 'CALENDAR_FAILING'
  | 'BOOKED'
  | 'HELD'
  | 'BUFFER'
  | 'LIMIT'
  | 'RESOURCE'
  | 'TEAM'
  | 'CAPACITY'
  | 'GRID';

export interface Reason {
  readonly code: ReasonCode;
  /** What stands in the way, as far as it has a time; epoch minutes. */
  readonly span: Span | null;
  /** The appointment or hold that it is. */
  readonly ownerId: string | null;
}

/** Something in the arbiter near the start: its padded time, and the appointment's own, where there is one. */
export interface Taken {
  readonly code: 'BOOKED' | 'HELD';
  readonly ownerId: string | null;
  readonly padded: Span;
  readonly visible: Span | null;
}

/** One provider, with everything that decides about them kept apart. */
export interface Explainable extends WorkingTime, Offering {
  readonly absences: { readonly timeOff: Spans; readonly closures: Spans; readonly external: Spans };
  readonly calendarFailing: boolean;
}

export interface WhyQuestion {
  readonly startMinute: number;
  readonly nowMinute: number;
  readonly booker: Zone;
  readonly seats: number;
  /** What has the provider's own time. */
  readonly taken: readonly Taken[];
  /** Starts at which rooms and devices are there; null when none are needed. */
  readonly things: Spans | null;
  /** Starts at which enough colleagues are free; null when one is enough. */
  readonly team: Spans | null;
}

/** Every reason why a start is not offered; none when it is. */
export function explainStart(offering: Explainable, terms: OfferTerms, asked: WhyQuestion): Reason[] {
  const { startMinute } = asked;
  const visible = { start: startMinute, end: startMinute + terms.durationMinutes };
  const padded = {
    start: visible.start - terms.bufferBeforeMinutes,
    end: visible.end + terms.bufferAfterMinutes,
  };
  const clock = reasonsOfClock(terms, asked);
  // Rooms and colleagues are only looked for where the clock leaves something to find.
  const missing = (starts: Spans | null | undefined): boolean =>
    clock.length === 0 && starts !== null && starts !== undefined && !holds(starts, startMinute);
  const session = offering.sessions?.find((one) => one.startMinute === startMinute);
  const joins = session !== undefined;
  const reasons = [
    ...clock,
    ...reasonsOfHours(offering, terms, visible),
    ...absent(offering.absences.closures, 'CLOSURE', padded),
    ...absent(offering.absences.timeOff, 'TIME_OFF', padded),
    ...absent(offering.absences.external, 'EXTERNAL_CALENDAR', padded),
    ...(offering.calendarFailing ? [plain('CALENDAR_FAILING')] : []),
    ...(!joins ? asked.taken.flatMap((one) => reasonOfTaken(one, { visible, padded })) : []),
    ...(offering.full !== undefined && holds(offering.full, startMinute) ? [plain('LIMIT')] : []),
    ...(missing(joins ? offering.joinable : asked.things) ? [plain('RESOURCE')] : []),
    ...(!joins && missing(asked.team) ? [plain('TEAM')] : []),
    ...((session?.seatsLeft ?? terms.capacity ?? 1) < asked.seats ? [plain('CAPACITY')] : []),
  ];
  const refusal = refusalOfStart(offering, terms, { ...asked, offering, joins });
  if (refusal === 'OFF_GRID') return [...reasons, plain('GRID')];
  if (reasons.length > 0) return reasons;
  // A hold is a little more generous than the offer (steps that the clock has moved): what is left is not a step.
  const range = { start: startMinute, end: startMinute + 1 };
  return offeredStarts(offering, terms, { ...asked, range }).length > 0 ? [] : [plain('GRID')];
}

const plain = (code: ReasonCode): Reason => ({ code, span: null, ownerId: null });

function reasonsOfClock(terms: OfferTerms, { startMinute, nowMinute }: WhyQuestion): Reason[] {
  const earliest = Math.ceil(nowMinute + terms.minimumLeadMinutes);
  const latest = Math.floor(nowMinute + terms.maximumAdvanceMinutes);
  if (startMinute < earliest) return [plain('NOTICE')];
  return startMinute > latest ? [plain('ADVANCE')] : [];
}

function reasonsOfHours(time: WorkingTime, terms: OfferTerms, visible: Span): Reason[] {
  const hours = workingSpans(time, rangeToRead(visible, terms.slotIntervalMinutes));
  if (holds(startSpans(hours, terms.durationMinutes), visible.start)) return [];
  const day = localDay(time.zone, visible.start);
  return [plain(time.overrides.some(({ epochDay }) => epochDay === day) ? 'OVERRIDE' : 'RULE')];
}

function absent(spans: Spans, code: ReasonCode, padded: Span): Reason[] {
  const reasons: Reason[] = [];
  for (let edge = 0; edge < spans.length; edge += 2) {
    const span = { start: spans[edge] ?? 0, end: spans[edge + 1] ?? 0 };
    if (overlap(span, padded)) reasons.push({ code, span, ownerId: null });
  }
  return reasons;
}

function reasonOfTaken(taken: Taken, own: { visible: Span; padded: Span }): Reason[] {
  if (!overlap(taken.padded, own.padded)) return [];
  // Two appointments that do not meet, but whose time to prepare does.
  const meets = overlap(taken.visible ?? taken.padded, own.visible);
  return [
    { code: meets ? taken.code : 'BUFFER', span: taken.visible ?? taken.padded, ownerId: taken.ownerId },
  ];
}

function overlap(one: Span, other: Span): boolean {
  return one.start < other.end && other.start < one.end;
}

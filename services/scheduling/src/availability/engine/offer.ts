import { intersectSpans, type Span, type Spans } from './intervals.ts';
import {
  findSlots,
  freeSpans,
  gridOf,
  raiseToGrid,
  slotsIn,
  type Calendar,
  type SlotRequest,
} from './slots.ts';
import { holds, startSpans } from './together.ts';
import type { WorkingTime } from './working-time.ts';
import { MINUTES_PER_DAY, type Zone } from './zone.ts';

/** What a service asks of a time, in minutes. */
export interface OfferTerms {
  readonly durationMinutes: number;
  readonly slotIntervalMinutes: number;
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  readonly minimumLeadMinutes: number;
  readonly maximumAdvanceMinutes: number;
  /** Seats of one slot; one when left out. */
  readonly capacity?: number;
}

/** A group session that stands already: it takes the provider's time, but its seats may be free. */
export interface Session {
  readonly startMinute: number;
  readonly seatsLeft: number;
}

/** One provider's calendar, and what else decides whether a start of theirs is offered. All of it is plain data. */
export interface Offering extends Calendar {
  /** Starts at which the rooms and devices are there (`startsOfGroups`); null or left out: none are needed. */
  readonly together?: Spans | null;
  /** Starts that a limit per day, week or month has used up (`usedUp`). */
  readonly full?: Spans;
  readonly sessions?: readonly Session[];
  /** Starts at which those who join a session find what each of them needs as well; null or left out: nothing. */
  readonly joinable?: Spans | null;
}

/** What is asked; instants are epoch minutes. */
export interface OfferQuestion {
  readonly range: Span;
  readonly nowMinute: number;
  readonly booker: Zone;
  /** How many places are wanted at once; one when left out. */
  readonly seats?: number;
}

export interface OfferedSlot {
  readonly startMinute: number;
  readonly remainingCapacity: number;
}

/** Why a start is not offered, whoever else is booked. */
export type StartRefusal = 'TOO_SOON' | 'TOO_FAR_AHEAD' | 'OUTSIDE_WORKING_HOURS' | 'OFF_GRID';

/**
 * The range whose busy time must be known to answer for `range`: a day to each side, so that a slot over the edge
 * (23:30 when asked day by day) is neither lost nor moved by where the asker cut. It begins at a multiple of the
 * interval: the steps of somebody who never closes are then the same wherever one begins to look.
 */
export function rangeToRead(range: Span, intervalMinutes: number): Span {
  const start = range.start - MINUTES_PER_DAY;
  return { start: Math.floor(start / intervalMinutes) * intervalMinutes, end: range.end + MINUTES_PER_DAY };
}

/** What the engine is asked for these terms, or null when notice and advance leave nothing of the range. */
export function requestOf(terms: OfferTerms, question: OfferQuestion): SlotRequest | null {
  const earliest = Math.ceil(question.nowMinute + terms.minimumLeadMinutes);
  const { start, end } = bookable(terms, question);
  if (end <= start) return null;
  return {
    range: rangeToRead({ start, end }, terms.slotIntervalMinutes),
    earliest,
    durationMinutes: terms.durationMinutes,
    intervalMinutes: terms.slotIntervalMinutes,
    booker: question.booker,
    // Busy time is padded already, so that only our own buffers are added: what comes after us before it, and so on.
    buffer: { before: terms.bufferAfterMinutes, after: terms.bufferBeforeMinutes },
  };
}

/** Starts in [range.start, range.end), ascending. */
export function offeredStarts(offering: Offering, terms: OfferTerms, question: OfferQuestion): number[] {
  return offeredSlots(offering, terms, question).map(({ startMinute }) => startMinute);
}

/** Slots that start in [range.start, range.end), ascending, with the seats that each has left. */
export function offeredSlots(offering: Offering, terms: OfferTerms, question: OfferQuestion): OfferedSlot[] {
  const request = requestOf(terms, question);
  if (request === null) return [];
  const { seats = 1 } = question;
  const { capacity = 1 } = terms;
  const { start, end } = bookable(terms, question);
  const { full = [], sessions = [], joinable = null } = offering;
  const open = (at: number): boolean => at >= start && at < end && (full.length === 0 || !holds(full, at));
  const fresh = seats > capacity ? [] : startsOf(offering, request).filter(open);
  const slots = fresh.map((startMinute) => ({ startMinute, remainingCapacity: capacity }));
  if (sessions.length === 0) return slots;
  const hours = startSpans(hoursOf(offering, request), terms.durationMinutes);
  for (const { startMinute, seatsLeft } of sessions) {
    // The session's own row in the arbiter takes its time, so that it is never among the fresh ones as well.
    const isOpen = seatsLeft >= seats && open(startMinute) && holds(hours, startMinute);
    if (isOpen && (joinable === null || holds(joinable, startMinute)))
      slots.push({ startMinute, remainingCapacity: seatsLeft });
  }
  return slots.sort((one, other) => one.startMinute - other.startMinute);
}

function startsOf(offering: Offering, request: SlotRequest): number[] {
  // Without rooms and devices the free time itself is walked, which is the quickest.
  if (offering.together === undefined || offering.together === null) return findSlots(offering, request);
  const { durationMinutes } = request;
  const starts = startRegions(offering, request);
  // Back from starts to the time that they use: one stretch each, which may overlap the next.
  return slotsIn(
    starts.map((edge, index) => (index % 2 === 0 ? edge : edge - 1 + durationMinutes)),
    request,
  );
}

/** Working time in which nobody is away, whatever is booked. */
export function hoursOf(time: WorkingTime, request: Pick<SlotRequest, 'range' | 'buffer'>): number[] {
  return freeSpans({ ...time, busy: [] }, request);
}

/** The starts that may be asked for at all: within the range, the notice and the advance. */
function bookable(terms: OfferTerms, { range, nowMinute }: OfferQuestion): Span {
  return {
    start: Math.max(range.start, Math.ceil(nowMinute + terms.minimumLeadMinutes)),
    end: Math.min(range.end, Math.floor(nowMinute + terms.maximumAdvanceMinutes) + 1),
  };
}

/** A start that somebody wants to hold. */
export interface StartQuestion {
  readonly startMinute: number;
  readonly nowMinute: number;
  /** The zone in which the start was offered. Without it only what no zone's grid could offer is refused. */
  readonly booker?: Zone | null;
  /** What the start was offered from, with everybody else's time: decides about steps that are not the grid's (45 minutes). */
  readonly offering?: Offering;
  /** A group session stands at this start: it is joined as it is. */
  readonly joins?: boolean;
}

/**
 * Whether a start may be asked for at all. The arbiter alone decides whether it is free.
 *
 * With the booker's zone the start must lie on that clock's grid, as every offered one does. Where the interval is
 * coarser than the grid (45, 90 minutes), steps are counted from where the free time begins; `offering` says where
 * that is. Steps that the clock has moved meanwhile (what is free begins in the past) stay open to the whole grid: a
 * time that was offered a minute ago is still granted.
 */
export function refusalOfStart(
  time: WorkingTime,
  terms: OfferTerms,
  asked: StartQuestion,
): StartRefusal | null {
  const { startMinute, nowMinute, booker, offering } = asked;
  const earliest = Math.ceil(nowMinute + terms.minimumLeadMinutes);
  if (startMinute < earliest) return 'TOO_SOON';
  if (startMinute > Math.floor(nowMinute + terms.maximumAdvanceMinutes)) return 'TOO_FAR_AHEAD';
  const range = { start: startMinute, end: startMinute + terms.durationMinutes };
  const looked = {
    range: rangeToRead(range, terms.slotIntervalMinutes),
    buffer: { before: terms.bufferAfterMinutes, after: terms.bufferBeforeMinutes },
  };
  if (!holds(startSpans(hoursOf(time, looked), terms.durationMinutes), startMinute))
    return 'OUTSIDE_WORKING_HOURS';
  if (asked.joins === true) return null;
  const grid = gridOf(terms.slotIntervalMinutes);
  // Every zone is a multiple of 15 minutes from UTC, so that what divides both the grid and 15 must divide the start.
  if (booker === undefined || booker === null)
    return startMinute % commonDivisor(grid, 15) === 0 ? null : 'OFF_GRID';
  if (raiseToGrid(startMinute, { grid, booker }) !== startMinute) return 'OFF_GRID';
  if (grid === terms.slotIntervalMinutes || offering === undefined) return null;
  const stretch = stretchAround(
    startRegions(offering, { ...looked, durationMinutes: terms.durationMinutes }),
    startMinute,
  );
  // Not free: the arbiter's to say. Begun before the look, or before now: any minute of the grid may have been offered.
  if (stretch === null || stretch <= looked.range.start || stretch < earliest) return null;
  const first = raiseToGrid(stretch, { grid, booker });
  return (startMinute - first) % terms.slotIntervalMinutes === 0 ? null : 'OFF_GRID';
}

/** The starts that nothing takes, as stretches [first, last + 1). */
function startRegions(
  offering: Offering,
  request: Pick<SlotRequest, 'range' | 'buffer' | 'durationMinutes'>,
): Spans {
  const own = startSpans(freeSpans(offering, request), request.durationMinutes);
  const { together } = offering;
  return together === undefined || together === null ? own : intersectSpans(own, together);
}

/** Where the stretch that holds an instant begins. */
function stretchAround(spans: Spans, at: number): number | null {
  for (let span = 0; span < spans.length; span += 2) {
    const [start, end] = [spans[span] ?? 0, spans[span + 1] ?? 0];
    if (start <= at && at < end) return start;
  }
  return null;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

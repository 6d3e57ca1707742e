import { findSlots, gridOf, type Calendar } from './slots.ts';
import type { Span } from './intervals.ts';
import { workingSpans, type WorkingTime } from './working-time.ts';
import { MINUTES_PER_DAY, type Zone } from './zone.ts';

/** What a service asks of a time, in minutes. */
export interface OfferTerms {
  readonly durationMinutes: number;
  readonly slotIntervalMinutes: number;
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  readonly minimumLeadMinutes: number;
  readonly maximumAdvanceMinutes: number;
}

/** Why a start is not offered, whoever else is booked. */
export type StartRefusal = 'TOO_SOON' | 'TOO_FAR_AHEAD' | 'OUTSIDE_WORKING_HOURS' | 'OFF_GRID';

/** The range whose busy time must be known to answer for `range`: see offeredStarts. */
export function rangeToRead(range: Span): Span {
  return { start: range.start - MINUTES_PER_DAY, end: range.end + MINUTES_PER_DAY };
}

/**
 * Starts in [range.start, range.end). The engine looks a day further on both sides, so that a slot over the
 * edge of the range (23:30 when asked day by day) is neither lost nor moved by where the asker cut.
 * `busy` holds padded allocations, so only our own buffers are added: theirs already stand in the period.
 */
export function offeredStarts(
  calendar: Calendar,
  terms: OfferTerms,
  asked: { range: Span; nowMinute: number; booker: Zone },
): number[] {
  const earliest = Math.ceil(asked.nowMinute + terms.minimumLeadMinutes);
  const latest = Math.floor(asked.nowMinute + terms.maximumAdvanceMinutes);
  const range = {
    start: Math.max(asked.range.start, earliest),
    end: Math.min(asked.range.end, latest + 1),
  };
  if (range.end <= range.start) return [];
  const starts = findSlots(calendar, {
    range: rangeToRead(range),
    earliest,
    durationMinutes: terms.durationMinutes,
    intervalMinutes: terms.slotIntervalMinutes,
    booker: asked.booker,
    buffer: { before: terms.bufferAfterMinutes, after: terms.bufferBeforeMinutes },
  });
  return starts.filter((start) => start >= range.start && start < range.end);
}

/**
 * Whether a start may be asked for at all. The arbiter alone decides whether it is free.
 * The grid is the booker's, whose zone a hold does not carry; but every zone is a multiple of 15 minutes from
 * UTC, so what divides both the grid and 15 must divide the start.
 */
export function refusalOfStart(
  time: WorkingTime,
  terms: OfferTerms,
  asked: { startMinute: number; nowMinute: number },
): StartRefusal | null {
  const { startMinute, nowMinute } = asked;
  if (startMinute < Math.ceil(nowMinute + terms.minimumLeadMinutes)) return 'TOO_SOON';
  if (startMinute > Math.floor(nowMinute + terms.maximumAdvanceMinutes)) return 'TOO_FAR_AHEAD';
  const end = startMinute + terms.durationMinutes;
  const spans = workingSpans(time, rangeToRead({ start: startMinute, end }));
  const fits = spans.some(
    (edge, index) => index % 2 === 0 && edge <= startMinute && end <= (spans[index + 1] ?? edge),
  );
  if (!fits) return 'OUTSIDE_WORKING_HOURS';
  return startMinute % commonDivisor(gridOf(terms.slotIntervalMinutes), 15) === 0 ? null : 'OFF_GRID';
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

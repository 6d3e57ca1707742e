import { intersectSpans, subtractSpans, widenBusy, type Span, type Spans } from './intervals.ts';
import { workingSpans, type WorkingTime } from './working-time.ts';
import type { Zone } from './zone.ts';

/** One provider as the engine sees it: when they work and what already takes their time. */
export interface Calendar extends WorkingTime {
  /** Flat pairs of epoch minutes; quickest when in order of their starts. They may overlap. */
  readonly busy: Spans;
}

/** What is asked, in minutes throughout; instants are epoch minutes. */
export interface SlotRequest {
  readonly range: Span;
  /** No slot starts before this instant: now plus the notice, rounded up to a minute. */
  readonly earliest: number;
  readonly durationMinutes: number;
  readonly intervalMinutes: number;
  /** The person who books: starts lie on the grid of their wall clock. */
  readonly booker: Zone;
  /** How far busy time is widened, before its start and after its end. */
  readonly buffer: { readonly before: number; readonly after: number };
}

/** Starts of one provider's free slots, ascending. */
export function findSlots(calendar: Calendar, request: SlotRequest): number[] {
  return slotsIn(freeSpans(calendar, request), request);
}

/** Round robin: a time is offered when anyone is free; equal starts are listed once. */
export function findSlotsOfAny(calendars: readonly Calendar[], request: SlotRequest): number[] {
  const { start: from, end: to } = request.range;
  if (to <= from) return [];
  // A mark per minute: each provider offers most of the same starts, and a set of numbers costs ten times as much.
  const offered = new Uint8Array(to - from);
  const mark = (start: number) => void (offered[start - from] = 1);
  for (const calendar of calendars) eachSlot(freeSpans(calendar, request), request, mark);
  const starts: number[] = [];
  for (let at = offered.indexOf(1); at >= 0; at = offered.indexOf(1, at + 1)) starts.push(from + at);
  return starts;
}

/** Collective: a time is offered when all are free. */
export function findSlotsOfAll(calendars: readonly Calendar[], request: SlotRequest): number[] {
  const [first, ...others] = calendars.map((calendar) => freeSpans(calendar, request));
  if (first === undefined) return [];
  return slotsIn(others.reduce<Spans>(intersectSpans, first), request);
}

/** Working time that nothing takes and in which nobody is away. */
export function freeSpans(calendar: Calendar, request: Pick<SlotRequest, 'range' | 'buffer'>): number[] {
  const free = subtractSpans(workingSpans(calendar, request.range), widenBusy(calendar.busy, request.buffer));
  const { away } = calendar;
  return away === undefined || away.length === 0
    ? free
    : subtractSpans(free, widenBusy(away, request.buffer));
}

/** The largest of these that divides the interval; hours and their common parts are what people expect to see. */
export function gridOf(intervalMinutes: number): number {
  return [60, 30, 20, 15, 10, 5].find((grid) => intervalMinutes % grid === 0) ?? 1;
}

/** The starts within spans of free time: raised to the grid, then every interval while the whole duration fits. */
export function slotsIn(free: Spans, request: SlotRequest): number[] {
  const starts: number[] = [];
  eachSlot(free, request, (start) => void starts.push(start));
  return starts;
}

function eachSlot(free: Spans, request: SlotRequest, visit: (start: number) => void): void {
  const { durationMinutes, intervalMinutes, booker } = request;
  const grid = gridOf(intervalMinutes);
  for (let span = 0; span < free.length; span += 2) {
    const end = free[span + 1] ?? 0;
    let start = raiseToGrid(Math.max(free[span] ?? 0, request.earliest), { grid, booker });
    for (; start + durationMinutes <= end; start += intervalMinutes) visit(start);
  }
}

/** The first instant not before this one that lies on the grid of a wall clock. */
export function raiseToGrid(epochMinute: number, to: { grid: number; booker: Zone }): number {
  const local = epochMinute + to.booker.offsetAt(epochMinute);
  return epochMinute + Math.ceil(local / to.grid) * to.grid - local;
}

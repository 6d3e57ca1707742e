/** Half-open spans of epoch minutes, kept as flat pairs [start, end, start, end, …], sorted and apart. */
export type Spans = readonly number[];

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Sorts spans and joins those that touch or overlap; empty ones vanish. */
export function mergeSpans(spans: readonly Span[]): number[] {
  const sorted = spans.filter((span) => span.end > span.start).sort((a, b) => a.start - b.start);
  const merged: number[] = [];
  for (const span of sorted) {
    const lastEnd = merged.at(-1);
    if (lastEnd !== undefined && span.start <= lastEnd)
      merged[merged.length - 1] = Math.max(lastEnd, span.end);
    else merged.push(span.start, span.end);
  }
  return merged;
}

/** What lies in both. One sweep over the two lists. */
export function intersectSpans(left: Spans, right: Spans): number[] {
  const both: number[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const start = Math.max(at(left, l), at(right, r));
    const end = Math.min(at(left, l + 1), at(right, r + 1));
    if (end > start) both.push(start, end);
    if (at(left, l + 1) < at(right, r + 1)) l += 2;
    else r += 2;
  }
  return both;
}

/** What lies in `spans` but not in `taken`. One sweep: cost grows with spans plus bookings, never their product. */
export function subtractSpans(spans: Spans, taken: Spans): number[] {
  const left: number[] = [];
  let t = 0;
  for (let s = 0; s < spans.length; s += 2) {
    let start = at(spans, s);
    const end = at(spans, s + 1);
    while (t < taken.length && at(taken, t + 1) <= start) t += 2;
    let inside = t;
    while (inside < taken.length && at(taken, inside) < end) {
      if (at(taken, inside) > start) left.push(start, at(taken, inside));
      start = Math.max(start, at(taken, inside + 1));
      inside += 2;
    }
    if (start < end) left.push(start, end);
  }
  return left;
}

/**
 * Busy time widened on both sides (buffers), merged and ready to be subtracted. What comes in order, as the database gives
 * it, is not sorted again: most of the time of a large question goes here.
 */
export function widenBusy(busy: Spans, by: { before: number; after: number }): Spans {
  if (by.before === 0 && by.after === 0 && areApart(busy)) return busy;
  const sorted = inOrder(busy);
  const merged: number[] = [];
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (let b = 0; b < sorted.length; b += 2) {
    const start = at(sorted, b) - by.before;
    const end = at(sorted, b + 1) + by.after;
    if (start <= lastEnd) {
      if (end > lastEnd) merged[merged.length - 1] = lastEnd = end;
    } else if (end > start) {
      merged.push(start, end);
      lastEnd = end;
    }
  }
  return merged;
}

/** Whether spans are in order, not empty, and do not touch. */
function areApart(spans: Spans): boolean {
  for (let edge = 1; edge < spans.length; edge += 1) if (at(spans, edge) <= at(spans, edge - 1)) return false;
  return true;
}

/** The same spans by their starts, which may overlap. */
function inOrder(spans: Spans): Spans {
  let ordered = true;
  for (let s = 2; ordered && s < spans.length; s += 2) ordered = at(spans, s) >= at(spans, s - 2);
  if (ordered) return spans;
  const pairs: Span[] = [];
  for (let s = 0; s < spans.length; s += 2) pairs.push({ start: at(spans, s), end: at(spans, s + 1) });
  return pairs.sort((a, b) => a.start - b.start).flatMap(({ start, end }) => [start, end]);
}

function at(spans: Spans, index: number): number {
  return spans[index] ?? Number.NaN;
}

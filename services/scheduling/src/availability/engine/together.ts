import { canAssign } from './assign.ts';
import { intersectSpans, type Spans } from './intervals.ts';

/** A provider, a room, a device: which one it is, and when it is free (sorted, apart). */
export interface Member {
  readonly id: string;
  readonly free: Spans;
}

/** Of these members, this many are needed at once, each of them for the whole slot. */
export interface Demand {
  readonly members: readonly Member[];
  readonly required: number;
}

/**
 * The minutes at which something of this length may start within `free`: a span of starts [first, last + 1) for each
 * span of free time. Counting starts, not free time, is what makes "one and the same room for the whole slot" true:
 * two rooms that are each free for half of a slot have no start to give to it.
 */
export function startSpans(free: Spans, durationMinutes: number): number[] {
  const starts: number[] = [];
  for (let span = 0; span < free.length; span += 2) {
    const [first, end] = [free[span] ?? 0, free[span + 1] ?? 0];
    if (end - first >= durationMinutes) starts.push(first, end - durationMinutes + 1);
  }
  return starts;
}

/** The starts at which every demand is met. Null: nothing is demanded, so nothing stands in the way. */
export function startsOfAll(demands: readonly Demand[], durationMinutes: number): Spans | null {
  const asked = demands.filter(({ required }) => required > 0);
  const [first, ...others] = asked;
  if (first === undefined) return null;
  const members = asked.flatMap((demand) => demand.members.map(({ id }) => id));
  if (new Set(members).size < members.length) return startsOfShared(asked, durationMinutes);
  const startsOf = ({ members: some, required }: Demand): Spans =>
    coveredByAtLeast(
      some.map(({ free }) => startSpans(free, durationMinutes)),
      required,
    );
  return others.map(startsOf).reduce<Spans>(intersectSpans, startsOf(first));
}

/**
 * Where at least `required` of the lists cover. One sweep over the sorted edges: n rooms cost n times one room, and
 * never the number of ways to choose among them.
 */
export function coveredByAtLeast(lists: readonly Spans[], required: number): number[] {
  if (required > lists.length) return [];
  const opens = sortedEdges(lists, 0);
  const closes = sortedEdges(lists, 1);
  const covered: number[] = [];
  let [open, close, count] = [0, 0, 0];
  while (close < closes.length) {
    const at = Math.min(opens[open] ?? Number.POSITIVE_INFINITY, closes[close] ?? 0);
    const before = count;
    for (; opens[open] === at; open += 1) count += 1;
    for (; closes[close] === at; close += 1) count -= 1;
    // Crossing the number that is needed, one way or the other, is an edge of what is covered.
    if (before < required !== count < required) covered.push(at);
  }
  return covered;
}

/**
 * Demands that draw on the same members: one room is never counted for two of them. Between two edges nothing
 * changes, so that each stretch is asked once.
 */
function startsOfShared(demands: readonly Demand[], durationMinutes: number): number[] {
  const starts = new Map<string, Spans>();
  for (const { members } of demands) {
    for (const { id, free } of members) starts.set(id, startSpans(free, durationMinutes));
  }
  const edges = [...new Set([...starts.values()].flat())].toSorted((one, other) => one - other);
  const covered: number[] = [];
  let met = false;
  for (const edge of edges) {
    const choices = demands.flatMap(({ members, required }) => {
      const free = members.map(({ id }) => id).filter((id) => holds(starts.get(id) ?? [], edge));
      return Array.from({ length: required }, () => free);
    });
    if (canAssign(choices) === met) continue;
    met = !met;
    covered.push(edge);
  }
  return covered;
}

/** Whether an instant lies in sorted spans: by halving, however many there are. */
export function holds(spans: Spans, at: number): boolean {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low % 2 === 1;
}

function sortedEdges(lists: readonly Spans[], side: 0 | 1): Float64Array {
  const edges = new Float64Array(lists.reduce((sum, list) => sum + list.length / 2, 0));
  let next = 0;
  for (const list of lists)
    for (let edge = side; edge < list.length; edge += 2) edges[next++] = list[edge] ?? 0;
  return edges.sort();
}

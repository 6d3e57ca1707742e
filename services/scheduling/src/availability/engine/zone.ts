/**
 * A time zone as a table of (from minute, offset minutes), read from the platform's own zone data.
 *
 * Everything in this folder counts epoch minutes as integers: no date object per slot, and the zone of the
 * host never takes part (cal.com's answers change with it).
 */
export interface Zone {
  readonly name: string;
  /** Minutes to add to UTC for the local time at this instant. */
  offsetAt(epochMinute: number): number;
  /** The instant of a local time, as Temporal's `compatible`: a gap moves forward, a repeated time is its first. */
  instantOf(localMinute: number): number;
}

export const MINUTES_PER_DAY = 1440;

/** About a year. Zone data is read one chunk at a time, so asking for the year 9000 costs one chunk as well. */
const CHUNK_MINUTES = 366 * MINUTES_PER_DAY;

/** The closest two changes of one zone are a month apart (Morocco, around Ramadan); a look every six days sees each. */
const LOOK_MINUTES = 6 * MINUTES_PER_DAY;

/** Thrown for a name the platform does not know. */
export class UnknownTimeZone extends Error {
  constructor(readonly timeZone: string) {
    super(`unknown time zone ${JSON.stringify(timeZone.slice(0, 64))}`);
  }
}

const zones = new Map<string, Zone>();

/** Opens a zone by its IANA name; the table is built once per process and shared. */
export function openZone(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const format = offsetFormat(timeZone);
  // Names are case-insensitive; keyed by the platform's own spelling, strange capitals cannot fill the cache.
  const name = format.resolvedOptions().timeZone;
  const zone = zones.get(name) ?? buildZone(name, format);
  zones.set(name, zone);
  if (zones.size < 2000 && /^[A-Z]/.test(timeZone)) zones.set(timeZone, zone);
  return zone;
}

function offsetFormat(timeZone: string): Intl.DateTimeFormat {
  // Intl also takes '+01:00'; such a thing is an offset, not a place with a clock, and never what a person meant.
  if (!/^[A-Za-z]/.test(timeZone)) throw new UnknownTimeZone(timeZone);
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch (cause) {
    if (cause instanceof RangeError) throw new UnknownTimeZone(timeZone);
    throw cause;
  }
}

interface Chunk {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

function buildZone(name: string, format: Intl.DateTimeFormat): Zone {
  const chunks = new Map<number, Chunk>();
  const offsetAt = (epochMinute: number): number => {
    const index = Math.floor(epochMinute / CHUNK_MINUTES);
    let chunk = chunks.get(index);
    if (chunk === undefined) {
      chunk = readChunk(format, index * CHUNK_MINUTES);
      chunks.set(index, chunk);
    }
    let row = chunk.starts.length - 1;
    while (row > 0 && (chunk.starts[row] ?? 0) > epochMinute) row -= 1;
    return chunk.offsets[row] ?? 0;
  };
  const instantOf = (localMinute: number): number => {
    // No zone is further than 14 hours from UTC, so a day to each side lies surely before and after the change.
    const before = offsetAt(localMinute - MINUTES_PER_DAY);
    const after = offsetAt(localMinute + MINUTES_PER_DAY);
    const first = localMinute - before;
    if (before === after || offsetAt(first) === before) return first;
    const second = localMinute - after;
    // Neither fits: the local time falls into the gap, and `first` is that time moved forward by the gap.
    return offsetAt(second) === after ? second : first;
  };
  return { name, offsetAt, instantOf };
}

function readChunk(format: Intl.DateTimeFormat, from: number): Chunk {
  const starts = [from];
  const offsets = [readOffset(format, from)];
  for (let look = from; look < from + CHUNK_MINUTES; look += LOOK_MINUTES) {
    const offset = readOffset(format, look + LOOK_MINUTES);
    const last = offsets.at(-1);
    if (offset === last) continue;
    starts.push(firstMinuteWithout(format, { offset: last ?? 0, from: look, to: look + LOOK_MINUTES }));
    offsets.push(offset);
  }
  return { starts, offsets };
}

function firstMinuteWithout(
  format: Intl.DateTimeFormat,
  search: { offset: number; from: number; to: number },
): number {
  let low = search.from;
  let high = search.to;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (readOffset(format, middle) === search.offset) low = middle;
    else high = middle;
  }
  return high;
}

/** Zones kept seconds before 1972 (Liberia was the last); they are cut off, no appointment lies there. */
function readOffset(format: Intl.DateTimeFormat, epochMinute: number): number {
  const text = format.format(epochMinute * 60_000);
  const match = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(text);
  if (match?.[1] === undefined) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

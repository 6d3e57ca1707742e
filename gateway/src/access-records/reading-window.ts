import type { Caller } from '@kept/passport';
import { Fault } from '@kept/subgraph-kit';
import type { DownloadLimits } from './settings.ts';
import type { Seen } from './read-answer.ts';

/** What each person has read from this gateway in the last while, to stop them at once where that is wanted. */
export interface ReadingWindow {
  /** How many people something is known of. */
  readonly size: number;
  add(caller: Caller, seen: Seen, now: Date): void;
  /** Throws `RATE_LIMITED` or `STEP_UP_REQUIRED` for somebody who has read too much; what is only told throws nothing. */
  assertMayRead(caller: Caller, now: Date): void;
}

interface Reader {
  /** When each person was seen last, in milliseconds. Only as many as it takes to be too many. */
  readonly people: Map<string, number>;
  /** Rows by slice of the window. */
  readonly rows: Map<number, number>;
  /** When it became too much; null while it is not. */
  exceededAt: number | null;
  touchedAt: number;
}

// Enough for the staff of many practices who read within one window.
const READERS_MAX = 5_000;
const SLICES = 60;

/** A sliding window per person, bounded in memory: it knows no more of anybody than it takes to say that it is too much. */
export function openReadingWindow(limits: DownloadLimits): ReadingWindow {
  const readers = new Map<string, Reader>();
  const windowMs = limits.windowMinutes * 60_000;
  const sliceMs = windowMs / SLICES;
  const watched = limits.reaction !== 'alert';

  const forgetOld = (reader: Reader, now: number) => {
    for (const [id, seenAt] of reader.people) if (seenAt <= now - windowMs) reader.people.delete(id);
    for (const slice of reader.rows.keys()) if (slice * sliceMs <= now - windowMs) reader.rows.delete(slice);
  };
  // They stand in the order in which they read last.
  const forgetReaders = (now: number) => {
    for (const [id, { touchedAt }] of readers) {
      if (readers.size <= READERS_MAX && touchedAt > now - windowMs) return;
      readers.delete(id);
    }
  };
  const isTooMuch = ({ people, rows }: Reader, { kind }: Caller): boolean => {
    if (people.size > limits.peopleMax) return true;
    let sum = 0;
    for (const count of rows.values()) sum += count;
    // A client's rows are their own; whose data somebody else's are is what counts then.
    return kind !== 'CLIENT' && sum > limits.rowsMax;
  };
  return {
    get size() {
      return readers.size;
    },
    add(caller, seen, at) {
      if (!watched || caller.accountId === null || seen.rows === 0) return;
      const now = at.getTime();
      const reader = readers.get(caller.accountId) ?? newReader();
      readers.delete(caller.accountId);
      readers.set(caller.accountId, reader);
      reader.touchedAt = now;
      forgetReaders(now);
      forgetOld(reader, now);
      for (const id of seen.people.keys()) {
        if (id === caller.accountId) continue;
        if (reader.people.has(id) || reader.people.size <= limits.peopleMax) reader.people.set(id, now);
      }
      const slice = Math.floor(now / sliceMs);
      reader.rows.set(slice, (reader.rows.get(slice) ?? 0) + seen.rows);
      if (isTooMuch(reader, caller)) reader.exceededAt ??= now;
    },
    assertMayRead(caller, at) {
      if (!watched || caller.accountId === null) return;
      const reader = readers.get(caller.accountId);
      if (!reader || reader.exceededAt === null) return;
      const now = at.getTime();
      forgetOld(reader, now);
      if (!isTooMuch(reader, caller)) {
        reader.exceededAt = null;
        return;
      }
      if (limits.reaction === 'throttle') throw tooMuch(reader, now, windowMs);
      // Whoever proves again who they are, after it was too much, goes on with an empty window.
      const provedAt = caller.secondFactor ? (caller.authenticatedAt ?? 0) * 1_000 : 0;
      if (provedAt <= reader.exceededAt) throw stepUp();
      readers.delete(caller.accountId);
    },
  };
}

const newReader = (): Reader => ({ people: new Map(), rows: new Map(), exceededAt: null, touchedAt: 0 });

function tooMuch(reader: Reader, now: number, windowMs: number): Fault {
  const oldest = Math.min(now, ...reader.people.values());
  const retryAfterSeconds = Math.max(60, Math.ceil((oldest + windowMs - now) / 1_000));
  const sentence =
    'You have read unusually many records, and the people responsible were told. Please wait, or talk to them.';
  return new Fault('RATE_LIMITED', sentence, { retryAfterSeconds });
}

const stepUp = () =>
  new Fault(
    'STEP_UP_REQUIRED',
    'You have read unusually many records, and the people responsible were told. To go on, sign in again with your second factor.',
  );

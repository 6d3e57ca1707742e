import { randomUUID } from 'node:crypto';
import type { AccessRecord } from './access-record.ts';

/** Denials of callers who have not signed in, added up: anybody can make as many as they like. */
export interface AnonymousDenials {
  add(denial: AccessRecord): void;
  /** What has been added up in the minutes before this one; all of it at a stop. */
  take(now: Date, all?: boolean): AccessRecord[];
  /** How many there were since the start, with those that belong to no organization. */
  readonly count: number;
}

// Whoever makes up organizations fills this, and then nothing but the counter grows.
const ORGANIZATIONS_MAX = 500;
const COORDINATES_MAX = 50;

/** One record per organization and minute in place of one per request. */
export function openAnonymousDenials(): AnonymousDenials {
  const minutes = new Map<string, AccessRecord>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(denial) {
      count += 1;
      if (denial.organizationId === '') return;
      const key = `${denial.occurredAt.slice(0, 16)} ${denial.organizationId}`;
      const known = minutes.get(key);
      if (!known && minutes.size >= ORGANIZATIONS_MAX) return;
      minutes.set(key, known ? together(known, denial) : { ...denial, id: randomUUID() });
    },
    take(now, all = false) {
      const present = now.toISOString().slice(0, 16);
      const over = [...minutes].filter(([key]) => all || key.slice(0, 16) < present);
      for (const [key] of over) minutes.delete(key);
      return over.map(([, record]) => record);
    },
  };
}

const together = (known: AccessRecord, denial: AccessRecord): AccessRecord => ({
  ...known,
  occurrences: known.occurrences + 1,
  denied: merged(known.denied, denial.denied),
  violations: merged(known.violations, denial.violations),
});

const merged = (known: readonly string[], more: readonly string[]): readonly string[] =>
  more.every((name) => known.includes(name))
    ? known
    : [...new Set([...known, ...more])].slice(0, COORDINATES_MAX);

import { refused } from '@kept/subgraph-kit';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** An id as the schema's `ID` lets anything through. */
export function readId(value: string, field: string): string {
  if (!UUID.test(value)) throw refused.badInput(`"${field}" is not an id.`, { field });
  return value.toLowerCase();
}

/** A text a person wrote, in any script; null when there is nothing in it. */
export function readText(
  value: string | null | undefined,
  { field, lengthMax }: { field: string; lengthMax: number },
): string | null {
  const text = value?.trim() ?? '';
  if (text === '') return null;
  // PostgreSQL cannot store a zero character, and half of a surrogate pair is no character at all.
  if (text.includes('\u0000') || /\p{Surrogate}/u.test(text)) {
    throw refused.badInput(`"${field}" holds a character that cannot be stored.`, { field });
  }
  if ([...text].length > lengthMax) {
    throw refused.badInput(`"${field}" may have at most ${lengthMax} characters.`, { field });
  }
  return text;
}

/** A whole number between two limits. */
export function readCount(
  value: number,
  { field, min, max }: { field: string; min: number; max: number },
): number {
  if (value < min || value > max) {
    throw refused.badInput(`"${field}" must be between ${min} and ${max}.`, { field });
  }
  return value;
}

// What PostgreSQL and JavaScript both can hold, and no appointment needs more.
const YEAR_MIN = 2000;
const YEAR_MAX = 2200;

/** An instant within the years that a calendar here can have. */
export function readInstant(value: Date, field: string): Date {
  const year = value.getUTCFullYear();
  if (!(year >= YEAR_MIN && year < YEAR_MAX)) {
    throw refused.badInput(`"${field}" must lie between the years ${YEAR_MIN} and ${YEAR_MAX}.`, { field });
  }
  return value;
}

/** Appointments start on a full minute. */
export function readStart(value: Date, field: string): Date {
  if (readInstant(value, field).getTime() % 60_000 !== 0) {
    throw refused.badInput(`"${field}" must be a full minute.`, { field });
  }
  return value;
}

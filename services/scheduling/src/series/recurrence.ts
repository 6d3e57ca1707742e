import { refused } from '@kept/subgraph-kit';

/** Two years of weekly appointments; more is a mistake or an attack, and no calendar is planned further. */
export const OCCURRENCES_MAX = 104;
/** However sparse the rule: no appointment of a series lies further from its first one. */
export const SERIES_DAYS_MAX = 731;

const RULE_LENGTH_MAX = 200;
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY'] as const;
const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;
const PARTS = ['FREQ', 'INTERVAL', 'BYDAY', 'COUNT', 'UNTIL'];

/** A weekday of a rule: 0 is Sunday; `nth` counts within the month, from its end when negative, null is every one. */
export interface RuleDay {
  readonly weekday: number;
  readonly nth: number | null;
}

/** The part of RFC 5545 §3.3.10 that appointments need, checked: it always ends. */
export interface Recurrence {
  readonly frequency: (typeof FREQUENCIES)[number];
  readonly interval: number;
  readonly days: readonly RuleDay[];
  readonly end: { readonly count: number } | { readonly date: string } | { readonly instant: Date };
}

/**
 * Reads `FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=10`. The grammar is ours and small, so that nothing hostile reaches
 * the library that expands it. Refuses, in a sentence, what has no end, is too long or uses another part of the RFC.
 */
export function readRecurrence(text: string): Recurrence {
  const parts = readParts(text);
  const frequency = FREQUENCIES.find((name) => name === parts.get('FREQ'));
  if (frequency === undefined) throw badRule('FREQ must be DAILY, WEEKLY or MONTHLY.');
  const interval = readNumber(parts.get('INTERVAL') ?? '1', { part: 'INTERVAL', max: 365 });
  return { frequency, interval, days: readDays(parts.get('BYDAY'), frequency), end: readEnd(parts) };
}

function readParts(text: string): Map<string, string> {
  if (text.length > RULE_LENGTH_MAX) throw badRule(`It may have at most ${RULE_LENGTH_MAX} characters.`);
  const parts = new Map<string, string>();
  for (const part of text.replace(/^RRULE:/, '').split(';')) {
    const [name = '', value = '', ...more] = part.split('=');
    if (!PARTS.includes(name) || value === '' || more.length > 0) {
      throw badRule(`It is made of ${PARTS.join(', ')} alone.`);
    }
    if (parts.has(name)) throw badRule(`${name} stands there twice.`);
    parts.set(name, value);
  }
  return parts;
}

function readDays(text: string | undefined, frequency: Recurrence['frequency']): RuleDay[] {
  if (text === undefined) return [];
  const days = text.split(',').map((day) => {
    const match = /^([+-]?[1-5])?(SU|MO|TU|WE|TH|FR|SA)$/.exec(day);
    if (match === null) throw badRule('BYDAY names weekdays, such as MO,TH, or 2TU in a month.');
    const nth = match[1] === undefined ? null : Number(match[1]);
    if (nth !== null && frequency !== 'MONTHLY')
      throw badRule('Only a MONTHLY rule counts weekdays, as in 2TU.');
    return { weekday: WEEKDAYS.findIndex((name) => name === match[2]), nth };
  });
  if (new Set(days.map(({ weekday, nth }) => `${nth} ${weekday}`)).size < days.length) {
    throw badRule('BYDAY names a day twice.');
  }
  return days;
}

function readEnd(parts: ReadonlyMap<string, string>): Recurrence['end'] {
  const [count, until] = [parts.get('COUNT'), parts.get('UNTIL')];
  if (count === undefined && until === undefined) throw badRule('It has no end: please add COUNT or UNTIL.');
  if (count !== undefined && until !== undefined) throw badRule('It may have COUNT or UNTIL, not both.');
  if (count !== undefined) return { count: readNumber(count, { part: 'COUNT', max: OCCURRENCES_MAX }) };
  return readUntil(until ?? '');
}

/** A date means through that day on the appointment's own calendar; with a time it is an instant and ends in Z. */
function readUntil(text: string): { date: string } | { instant: Date } {
  const match = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})Z)?$/.exec(text);
  const [, year, month, day, hour, minute, second] = match ?? [];
  const date = `${year}-${month}-${day}`;
  const instant = new Date(`${date}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}Z`);
  // JavaScript makes 3 March of 31 February; what comes back must be what came.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== date) {
    throw badRule('UNTIL must be an existing date, such as 20270630, or 20270630T090000Z.');
  }
  return hour === undefined ? { date } : { instant };
}

function readNumber(text: string, { part, max }: { part: string; max: number }): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 1 && number <= max)) throw badRule(`${part} must be between 1 and ${max}.`);
  return number;
}

const badRule = (why: string): Error => refused.badInput(`"rule" cannot be used. ${why}`, { field: 'rule' });

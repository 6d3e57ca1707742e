// Plain JavaScript, started from src/ by development, tests and production alike (as identity's strength.worker.mjs is).
// A calendar is somebody else's text: a rule of forty characters can repeat for years, and parsing takes what time and memory
// it takes. Here it takes them of a thread that can be ended. ical.js (2.2) repeats some rules without ever coming back
// (`FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`), so its steps are counted as well.
// Out go wall-clock minutes and names of zones; what they mean is worked out by busy-times.ts. Titles, places and people are
// dropped before anything is parsed.
import { parentPort, workerData } from 'node:worker_threads';
import ICAL from 'ical.js';

const { texts, from, until, limits } = workerData;
const DAY = 1440;
// Wall clocks are up to 14 hours from UTC; two days leave no doubt.
const [FIRST, LAST] = [from - 2 * DAY, until + 2 * DAY];

const KEPT =
  /^(BEGIN|END|UID|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|TRANSP|STATUS|TZID|TZOFFSETFROM|TZOFFSETTO|X-WR-TIMEZONE|FREEBUSY)[:;]/i;
// ical.js carries a thirteenth month over into the next year; a time that is none is no time to rely upon.
const TIME = /^(?:DTSTART|DTEND|RECURRENCE-ID)[^:]*:(.*)$/i;
const VALID = /^[12]\d{3}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])[0-5]\d([0-5]\d|60)Z?)?\s*$/;
const FREQUENCIES = new Set(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']);
const INTERVAL_MAX = 1_000;

class Refused extends Error {}
const tooComplex = () => new Refused('TOO_COMPLEX');
const notACalendar = () => new Refused('NOT_A_CALENDAR');

let steps = 0;
let occurrences = 0;
let events = 0;
const step = () => {
  if ((steps += 1) > limits.stepsMax) throw tooComplex();
};

const minuteOf = ({ year, month, day, hour, minute }) =>
  Math.floor(Date.UTC(year, month - 1, day, hour, minute) / 60_000);

/** A time as it stands there: minutes on some clock, and whose clock (`Z`, a name, or null: the calendar's own). */
function timeOf(property, value, roundUp = false) {
  const zone = value.zone === ICAL.Timezone.utcTimezone ? 'Z' : (property.getParameter('tzid') ?? null);
  const wall = minuteOf(value) + (roundUp && value.second > 0 ? 1 : 0);
  return { wall, zone: value.isDate ? null : zone, isDate: value.isDate };
}
const occurrence = () => {
  if ((occurrences += 1) > limits.occurrencesMax) throw tooComplex();
};
/** The times of a property that are or reach into the range; what is said of other years is dropped here. */
const listed = (component, name, length) =>
  component.getAllProperties(name).flatMap((property) =>
    property.getValues().flatMap((value) => {
      step();
      const time = timeOf(property, value.start ?? value);
      if (!(time.wall + length >= FIRST && time.wall <= LAST)) return [];
      occurrence();
      return [time];
    }),
  );

/**
 * Where to begin: days and weeks since 1990 need not be walked through one by one. Whole steps of the rule later it repeats the
 * same; not so when it counts, and months and years are few.
 */
function nearby(start, { freq, interval, count }, length) {
  const wall = minuteOf(start);
  const step = { DAILY: DAY, WEEKLY: 7 * DAY }[freq] * interval;
  const skipped = step > 0 && !count ? Math.max(0, Math.floor((FIRST - length - wall) / step) - 1) : 0;
  const at = new Date((wall + skipped * step) * 60_000);
  return new ICAL.Time({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: 0,
    isDate: start.isDate,
  });
}

function startsOf(rule, start, length) {
  const recur = rule.getFirstValue();
  if (!FREQUENCIES.has(recur.freq) || !(recur.interval <= INTERVAL_MAX)) throw tooComplex();
  const end = recur.until && {
    wall: minuteOf(recur.until),
    zone: recur.until.zone === ICAL.Timezone.utcTimezone ? 'Z' : null,
    isDate: recur.until.isDate,
  };
  const stopAt = Math.min(LAST, end ? end.wall + 2 * DAY : LAST);
  recur.until = null;
  const repeating = recur.iterator(nearby(start, recur, length));
  const check = repeating.check_contracting_rules.bind(repeating);
  // ical.js asks this for every day that it tries; a rule that fits none would have it try for ever.
  repeating.check_contracting_rules = () => {
    step();
    return minuteOf(repeating.last) > stopAt || check();
  };
  const starts = [];
  for (let next = repeating.next(); next; next = repeating.next()) {
    step();
    const wall = minuteOf(next);
    if (wall > stopAt) break;
    if (wall + length < FIRST) continue;
    occurrence();
    starts.push(wall);
  }
  return { starts, until: end ?? null };
}

function eventOf(component) {
  if ((events += 1) > limits.eventsMax) throw new Refused('TOO_LARGE');
  const startProperty = component.getFirstProperty('dtstart');
  const startValue = startProperty?.getFirstValue();
  if (!startValue || !Number.isFinite(minuteOf(startValue))) throw notACalendar();
  const endProperty = component.getFirstProperty('dtend');
  const endValue = endProperty?.getFirstValue();
  const duration = component.getFirstPropertyValue('duration');
  const recurrence = component.getFirstProperty('recurrence-id');
  if (recurrence?.getParameter('range')) throw tooComplex();
  const start = timeOf(startProperty, startValue);
  const end = endValue ? timeOf(endProperty, endValue, true) : null;
  const lasts = duration && {
    days: duration.weeks * 7 + duration.days,
    minutes: duration.hours * 60 + duration.minutes + (duration.seconds > 0 ? 1 : 0),
  };
  const length = Math.max(end ? end.wall - start.wall : 0, lasts ? lasts.days * DAY + lasts.minutes : 0, DAY);
  const also = listed(component, 'rdate', length);
  const rules = component.getAllProperties('rrule').map((rule) => startsOf(rule, startValue, length));
  // Years of old appointments are not carried out of here. What stands for an occurrence takes that one away, whenever it is.
  const elsewhere = start.wall + length < FIRST || start.wall > LAST;
  if (elsewhere && !recurrence && also.length === 0 && rules.every(({ starts }) => starts.length === 0))
    return [];
  const event = {
    uid: String(component.getFirstPropertyValue('uid') ?? ''),
    start,
    end,
    lasts: lasts ?? null,
    free:
      /^transparent$/i.test(component.getFirstPropertyValue('transp') ?? '') ||
      /^cancelled$/i.test(component.getFirstPropertyValue('status') ?? ''),
    recurrence: recurrence ? timeOf(recurrence, recurrence.getFirstValue()) : null,
    rules,
    also,
    except: listed(component, 'exdate', length),
  };
  return [event];
}

/** What a calendar says of a zone itself, as offsets by local hour: [first local minute, minutes from UTC]. */
function zoneOf(component) {
  const parts = component.getAllSubcomponents();
  const rules = parts.flatMap((part) => part.getAllProperties('rrule').map((rule) => rule.getFirstValue()));
  const plain = rules.every(({ freq, interval }) => freq === 'YEARLY' && interval === 1);
  const recent = parts.every((part) => (part.getFirstPropertyValue('dtstart')?.year ?? 0) >= 1600);
  if (parts.length === 0 || parts.length > 200 || !plain || !recent) return null;
  const zone = new ICAL.Timezone({ component, tzid: 'of the calendar' });
  const offsets = [];
  for (let minute = FIRST; minute <= LAST; minute += 60) {
    step();
    const at = new Date(minute * 60_000);
    const [year, month, day, hour] = [
      at.getUTCFullYear(),
      at.getUTCMonth() + 1,
      at.getUTCDate(),
      at.getUTCHours(),
    ];
    const offset = Math.round(
      zone.utcOffset(new ICAL.Time({ year, month, day, hour, minute: 0, second: 0 })) / 60,
    );
    if (offset !== offsets.at(-1)?.[1]) offsets.push([minute, offset]);
  }
  return offsets;
}

function periodsOf(component) {
  return component.getAllProperties('freebusy').flatMap((property) => {
    if (/^free$/i.test(property.getParameter('fbtype') ?? '')) return [];
    return property.getValues().flatMap((period) => {
      step();
      const start = timeOf(property, period.start);
      const end = timeOf(property, period.getEnd(), true);
      if (!(end.wall >= FIRST && start.wall <= LAST)) return [];
      occurrence();
      return [{ start, end }];
    });
  });
}

function read(text) {
  const lines = text
    .replace(/^\uFEFF|^\u00EF\u00BB\u00BF/, '')
    .replaceAll(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .filter((line) => KEPT.test(line));
  if (lines.some((line) => TIME.test(line) && !VALID.test(TIME.exec(line)[1]))) throw notACalendar();
  const parsed = lines.length === 0 ? [] : ICAL.parse(lines.join('\r\n'));
  // Several calendars may follow each other in one file (RFC 5545 §3.4).
  const roots = typeof parsed[0] === 'string' ? [parsed] : parsed;
  if (roots.length === 0 || roots.some(([name]) => name !== 'vcalendar')) throw notACalendar();
  return roots.map((root) => {
    const calendar = new ICAL.Component(root);
    const zones = calendar
      .getAllSubcomponents('vtimezone')
      .map((component) => [String(component.getFirstPropertyValue('tzid') ?? ''), component]);
    // One at a time and on its own: a component that belongs to its calendar is kept, with all that was made of it.
    const inUse = root[2].flatMap((part) => (part[0] === 'vevent' ? eventOf(new ICAL.Component(part)) : []));
    return {
      zone: calendar.getFirstPropertyValue('x-wr-timezone') ?? null,
      zones: zones.slice(0, 100).map(([name, component]) => [name, zoneOf(component)]),
      events: inUse,
      periods: calendar.getAllSubcomponents('vfreebusy').flatMap((component) => periodsOf(component)),
    };
  });
}

try {
  parentPort.postMessage({ calendars: texts.flatMap((text) => read(text)) });
} catch (error) {
  // ical.js throws plain errors for whatever it cannot read; their messages quote the calendar.
  parentPort.postMessage({ problem: error instanceof Refused ? error.message : 'NOT_A_CALENDAR' });
}

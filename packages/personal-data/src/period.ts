export interface Period {
  months: number;
  days: number;
  milliseconds: number;
}

const FORM =
  /^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const HOUR_MS = 3_600_000;

/** Reads an ISO 8601 period such as `P24M`, `P1Y6M`, `P13W`, `P7D` or `PT36H`; refuses empty and zero ones. */
export function parsePeriod(text: string): Period {
  const match = FORM.exec(text);
  if (match === null) throw new Error(`"${text}" is not an ISO 8601 period such as P24M or P7D.`);
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  const period = {
    months: years * 12 + months,
    days: weeks * 7 + days,
    milliseconds: hours * HOUR_MS + minutes * 60_000 + seconds * 1000,
  };
  if (period.months + period.days + period.milliseconds === 0)
    throw new Error(`"${text}" is no time at all: everything would go at once.`);
  return period;
}

/** The end of a period that starts at `from`. A month is a month: 31 January and P1M end on the last day of February. */
export function addPeriod(from: Date, text: string): Date {
  const { months, days, milliseconds } = parsePeriod(text);
  return later(addMonths(from, months), days, milliseconds);
}

/**
 * What started at or before this instant has run out at `now`. The parts go in the opposite order, days before months:
 * only so is adding them again never later than `now`. Clamping to a shorter month can make something go up to three
 * days late, and never early.
 */
export function expiredSince(now: Date, text: string): Date {
  const { months, days, milliseconds } = parsePeriod(text);
  return addMonths(later(now, -days, -milliseconds), -months);
}

// Every day of UTC has 24 hours.
function later(from: Date, days: number, milliseconds: number): Date {
  return new Date(from.getTime() + days * 24 * HOUR_MS + milliseconds);
}

function addMonths(from: Date, months: number): Date {
  const firstOfMonth = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1));
  const [year, month] = [firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth()];
  const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const timeOfDay = from.getTime() - Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  return new Date(Date.UTC(year, month, Math.min(from.getUTCDate(), daysInMonth)) + timeOfDay);
}

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
  return shift(from, parsePeriod(text), 1);
}

/**
 * What started at or before this instant has run out at `now`. Subtracting clamps days as adding does, which can make
 * something go up to three days late at the end of a month, and never early.
 */
export function expiredSince(now: Date, text: string): Date {
  return shift(now, parsePeriod(text), -1);
}

function shift(from: Date, period: Period, sign: 1 | -1): Date {
  const month = from.getUTCMonth() + sign * period.months;
  const firstOfMonth = new Date(Date.UTC(from.getUTCFullYear(), month, 1));
  const daysInMonth = new Date(
    Date.UTC(firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth() + 1, 0),
  ).getUTCDate();
  const day = Math.min(from.getUTCDate(), daysInMonth) + sign * period.days;
  const timeOfDay = from.getTime() - Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  const midnight = Date.UTC(firstOfMonth.getUTCFullYear(), firstOfMonth.getUTCMonth(), day);
  return new Date(midnight + timeOfDay + sign * period.milliseconds);
}

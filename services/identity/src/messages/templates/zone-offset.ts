const MINUTE_MS = 60_000;
// Longer than clocks are ever set back at once in the zones people live in (Antarctica/Troll: two hours).
const AROUND_MS = 3 * 60 * MINUTE_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

// Making one costs a hundred times what using it does; there are some 600 zones, and only those that exist get in.
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  if (formats.size < 1_000) formats.set(timeZone, format);
  return format;
}

/** Minutes a zone's clock is ahead of UTC at an instant, by the platform's own zone data. Throws for an unknown zone. */
export function offsetMinutes(at: Date, timeZone: string): number {
  const parts = formatOf(timeZone).formatToParts(at);
  const text = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d{2}):(\d{2})/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** Whether the zone's clock shows this time twice: once before and once after it was set back. */
export function isRepeatedHour(at: Date, timeZone: string): boolean {
  const own = offsetMinutes(at, timeZone);
  return [-AROUND_MS, AROUND_MS].some((distance) => {
    const other = offsetMinutes(new Date(at.getTime() + distance), timeZone);
    // The instant that would look the same if it had the other offset: does it?
    const twin = new Date(at.getTime() + (own - other) * MINUTE_MS);
    return other !== own && offsetMinutes(twin, timeZone) === other;
  });
}

/** Such as `UTC+1` or `UTC−3:30`. */
export function writtenOffset(at: Date, timeZone: string): string {
  const minutes = offsetMinutes(at, timeZone);
  const [whole, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const sign = minutes < 0 ? '−' : '+';
  return `UTC${sign}${whole}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

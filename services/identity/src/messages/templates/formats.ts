import { isRepeatedHour, writtenOffset } from './zone-offset.ts';

const FALLBACK_ZONE = 'UTC';

/** On which clocks a time is written, and how two of them stand in one sentence. */
export interface Clocks {
  readonly locale: string;
  /** The zone the recipient's times are written in; undefined where only the place's clock matters. */
  readonly recipient: string | undefined;
  readonly appointment: string | undefined;
  readonly onBothClocks: (own: string, there: string) => string;
}

/** A time as the recipient's clock shows it and, where the appointment has another zone, as that one does. */
export function writtenTime(instant: string | undefined, clocks: Clocks): string {
  const date = new Date(instant ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const { locale, recipient, appointment, onBothClocks } = clocks;
  const own = inZone(locale, date, recipient ?? appointment ?? FALLBACK_ZONE);
  const there = appointment === undefined ? own : inZone(locale, date, appointment);
  return own === there ? own : onBothClocks(own, there);
}

function inZone(locale: string, date: Date, timeZone: string): string {
  const options = { dateStyle: 'full', timeStyle: 'short' } as const;
  try {
    const text = new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(date);
    // When clocks are set back an hour comes twice, and only its distance from UTC tells which one is meant.
    const which = isRepeatedHour(date, timeZone) ? `, ${writtenOffset(date, timeZone)}` : '';
    return `${text} (${timeZone}${which})`;
  } catch {
    // A zone this Node does not know must not keep a mail from being sent.
    return `${new Intl.DateTimeFormat(locale, { ...options, timeZone: FALLBACK_ZONE }).format(date)} (${FALLBACK_ZONE})`;
  }
}

/** An amount with its currency, from integer minor units; empty when there is none. */
export function writtenAmount(
  locale: string,
  amountMinor: string | undefined,
  currency: string | undefined,
): string {
  if (!/^-?[0-9]{1,15}$/.test(amountMinor ?? '') || !/^[A-Z]{3}$/.test(currency ?? '')) return '';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: currency ?? '' });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(amountMinor) / 10 ** digits);
}

/** One sentence for each part that there is; of what is missing nothing is said. */
export const inWords = (parts: readonly (readonly [string, (written: string) => string])[]): string[] =>
  parts.filter(([written]) => written !== '').map(([written, say]) => say(written));

/**
 * A name inside a sentence, isolated so that its direction does not turn the words around it (UAX #9: FSI … PDI).
 * Names are stored without such marks, so they cannot end the isolation themselves.
 */
export const isolated = (name: string): string => `\u2068${name}\u2069`;

/** A device and a place, as far as they are known: "Firefox / Windows, London, United Kingdom". */
export function writtenOrigin(
  locale: string,
  seen: { device: string | null; city: string | null; country: string | null } | undefined,
): string {
  const country =
    seen?.country == null ? null : new Intl.DisplayNames(locale, { type: 'region' }).of(seen.country);
  const known = [seen?.device, seen?.city, country].filter((part) => part != null);
  return known.length === 0 ? '' : isolated(known.join(', '));
}

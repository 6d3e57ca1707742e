import { german } from './de.ts';
import { english } from './en.ts';
import { spanish } from './es.ts';
import { french } from './fr.ts';
import type { NoticeLanguage } from './notice-language.ts';

// To add a language: one file like en.ts, and its name here.
export const LANGUAGES: readonly NoticeLanguage[] = [english, german, french, spanish];

/** The language asked for, or the one it is a kind of (`fr-CH`), or English. Never an error: a page must open. */
export function languageOf(asked: string): NoticeLanguage {
  const primary = asked.slice(0, 35).toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find(({ code }) => code === primary) ?? english;
}

/** A length of time in whole days, hours or minutes, whichever it is made of. */
export function lengthOfTime({ locale }: NoticeLanguage, minutes: number): string {
  if (minutes % 1440 === 0 && minutes > 1440) return inUnit(locale, minutes / 1440, 'day');
  return minutes % 60 === 0 ? inUnit(locale, minutes / 60, 'hour') : inUnit(locale, minutes, 'minute');
}

/** A period of ISO 8601, as retention rules have it: `P24M`, `P30D`, `P2Y`. */
export function periodInWords({ locale }: NoticeLanguage, period: string): string {
  const [, count, letter] = /^P(\d+)([YMWD])$/.exec(period) ?? [];
  const unit = ({ Y: 'year', M: 'month', W: 'week', D: 'day' } as const)[letter as 'Y' | 'M' | 'W' | 'D'];
  return unit === undefined ? period : inUnit(locale, Number(count), unit);
}

const inUnit = (locale: string, value: number, unit: string): string =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);

/** An amount with its currency, from minor units. */
export function amount({ locale }: NoticeLanguage, minor: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

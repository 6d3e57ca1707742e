import type { PersonalColumn, TableDeclaration } from '@kept/personal-data';
import { periodInWords } from './languages.ts';
import type { NoticeLanguage } from './notice-language.ts';

/** The short layer of a privacy notice. Nothing of it can be missing. */
export interface WrittenNotice {
  readonly title: string;
  readonly who: string;
  readonly purposes: { purpose: string; lawfulBasis: string; data: string[]; howLong: string }[];
  readonly rights: string;
  readonly whole: string;
  readonly wholeAddress: string;
  readonly wholePurpose: string;
}

/** The text of the whole notice in compliance: `policyDocument(purpose:)`. */
export const WHOLE_PURPOSE = 'booking.service';

/**
 * Writes the notice from what the columns declare (design §8): it says what is stored, not what somebody once wrote down about it.
 * One entry per purpose and ground, with the longest time that any of its data is kept.
 */
export function writeNotice(
  declarations: readonly TableDeclaration[],
  {
    language,
    organizationName,
    publicUrl,
  }: { language: NoticeLanguage; organizationName: string; publicUrl: string },
): WrittenNotice {
  const columns = declarations.flatMap(({ columns: declared }) =>
    Object.values(declared).filter((column): column is PersonalColumn => column.personal),
  );
  const groups = new Map<string, { purpose: string; basis: string; columns: PersonalColumn[] }>();
  for (const column of columns)
    for (const purpose of column.purposes) {
      const key = `${purpose} ${column.basis}`;
      const group = groups.get(key) ?? { purpose, basis: column.basis, columns: [] };
      group.columns.push(column);
      groups.set(key, group);
    }
  const address = `${publicUrl.replace(/\/+$/, '')}/privacy?purpose=${WHOLE_PURPOSE}&language=${language.code}`;
  return {
    title: language.title,
    who: language.who(organizationName),
    purposes: [...groups.values()]
      .toSorted(
        (a, b) => order(a.purpose) - order(b.purpose) || compare(a.purpose + a.basis, b.purpose + b.basis),
      )
      .map(({ purpose, basis, columns: own }) => ({
        purpose: language.purposes[purpose] ?? language.otherPurpose,
        lawfulBasis: language.bases[basis] ?? language.otherBasis,
        data: dataOf(own, language),
        howLong: language.keptFor(periodInWords(language, longestOf(own))),
      })),
    rights: language.rights,
    whole: language.whole,
    wholeAddress: address,
    wholePurpose: WHOLE_PURPOSE,
  };
}

// What everybody comes for stands first.
const order = (purpose: string): number => (purpose === 'booking.service' ? 0 : 1);
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const dataOf = (columns: readonly PersonalColumn[], language: NoticeLanguage): string[] => [
  ...new Set(columns.map(({ category }) => language.categories[category] ?? language.otherCategory)),
];

const DAYS: Readonly<Record<string, number>> = { Y: 365, M: 30.4, W: 7, D: 1 };
const daysOf = (period: string): number =>
  Number(/\d+/.exec(period)?.[0] ?? 0) * (DAYS[period.at(-1) ?? ''] ?? 0);

const longestOf = (columns: readonly PersonalColumn[]): string =>
  columns.map(({ retention }) => retention.period).reduce((a, b) => (daysOf(b) > daysOf(a) ? b : a));

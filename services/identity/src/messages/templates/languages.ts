import { isolated, writtenAmount, writtenTime } from './formats.ts';
import { english } from './en.ts';
import type { Language, LetterFacts, Words } from './template.ts';

// To add a language: one file like en.ts, and its name here.
const LANGUAGES: ReadonlyMap<string, Language> = new Map([english].map((entry) => [entry.code, entry]));

/** A language with the region whose habits times and amounts are written in. */
export interface ChosenLanguage {
  readonly language: Language;
  readonly locale: string;
}

/** The language of a tag such as `de-AT`, or English when we have none such. */
export function chooseLanguage(tag: string): ChosenLanguage {
  const [code = ''] = tag.toLowerCase().split('-', 1);
  const language = LANGUAGES.get(code);
  if (!language) return { language: english, locale: english.locale };
  const region = new RegExp(`^${code}-[a-z]{2}$`, 'i').test(tag);
  return { language, locale: region ? tag : language.locale };
}

/** The facts as a language writes them. A mail is never kept back by one that is missing. */
export function wordsOf({ language, locale }: ChosenLanguage, facts: LetterFacts): Words {
  const { parameters, timeZone } = facts;
  const time = (name: string, appointment: string | undefined) =>
    writtenTime(parameters[name], {
      locale,
      recipient: timeZone,
      appointment,
      onBothClocks: language.onBothClocks,
    });
  return {
    organization: isolated(facts.organizationName),
    when: time('startsAt', parameters['timeZone']),
    amount: writtenAmount(locale, parameters['amountMinor'], parameters['currency']),
    at: (name) => time(name, undefined),
    count: (name) => isolated(parameters[name] ?? '–'),
  };
}

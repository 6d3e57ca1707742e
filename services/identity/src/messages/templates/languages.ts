import { isolated, writtenAmount, writtenOrigin, writtenTime } from './formats.ts';
import { english } from './en.ts';
import { french } from './fr.ts';
import { german } from './de.ts';
import { spanish } from './es.ts';
import type { Language, LetterFacts, Words } from './template.ts';

// To add a language: one file like en.ts, and its name here.
const LANGUAGES: ReadonlyMap<string, Language> = new Map(
  [english, german, french, spanish].map((entry) => [entry.code, entry]),
);

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
  const { onBothClocks } = language;
  const onClocks = (name: string, recipient: string | undefined, appointment: string | undefined) =>
    writtenTime(parameters[name], { locale, recipient, appointment, onBothClocks });
  // Whoever comes to the place looks at the clock there.
  const comesToThePlace = parameters['inPerson'] === 'true' && parameters['timeZone'] !== undefined;
  return {
    organization: isolated(facts.organizationName),
    when: onClocks('startsAt', comesToThePlace ? undefined : timeZone, parameters['timeZone']),
    amount: writtenAmount(locale, parameters['amountMinor'], parameters['currency']),
    paidFor: (appointment, pass) => (parameters['paidFor'] === 'PASS' ? pass : appointment),
    partOf: (part) => writtenAmount(locale, parameters[`${part}Minor`], parameters['currency']),
    at: (name) => onClocks(name, timeZone, undefined),
    count: (name) => isolated(parameters[name] ?? '–'),
    seen: writtenOrigin(locale, facts.seen),
    ownText: facts.ownText ?? { subject: '', paragraphs: [] },
  };
}

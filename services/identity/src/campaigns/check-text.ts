import { refused } from '@kept/subgraph-kit';
import { readLanguage } from '../accounts/preferred-language.ts';

/** A text in one language. Plain: it is escaped where it is shown, and a blank line begins a paragraph. */
export interface CampaignText {
  readonly language: string;
  readonly subject: string;
  readonly text: string;
}

const LANGUAGES_MAX = 20;
const SUBJECT_MAX = 100;
const TEXT_MAX = 4_000;
const EMAIL = /[^\s@<>]+@[^\s@<>]+\.[^\s@<>]{2,}/;
const DIGITS = /\d(?:[ .-]?\d){12,18}/g;

/**
 * Reads the texts of a mail to everybody, and refuses what must not stand in one: somebody's address, what looks like a
 * card number, and a link other than the mail's own, because news about security is what fraud looks like.
 */
export function readCampaignTexts(typed: readonly CampaignText[]): CampaignText[] {
  if (typed.length < 1 || typed.length > LANGUAGES_MAX)
    throw refused.badInput(`Write it in 1 to ${LANGUAGES_MAX} languages.`, { field: 'texts' });
  const texts = typed.map(({ language, subject, text }) => ({
    language: readLanguage(language),
    subject: subject.trim().replaceAll(/\s+/g, ' '),
    text: text.trim(),
  }));
  if (new Set(texts.map(({ language }) => language)).size < texts.length)
    throw refused.badInput('Write one text for each language.', { field: 'texts' });
  for (const { subject, text } of texts) {
    if (subject.length < 1 || subject.length > SUBJECT_MAX || text.length < 1 || text.length > TEXT_MAX)
      throw refused.badInput(`A subject has 1 to ${SUBJECT_MAX} characters, a text 1 to ${TEXT_MAX}.`, {
        field: 'texts',
      });
    refusePersonal(`${subject}\n${text}`);
  }
  return texts;
}

function refusePersonal(text: string): void {
  const refuse = (what: string) =>
    refused.badInput(`A mail to everybody must not contain ${what}.`, { field: 'texts' });
  if (EMAIL.test(text)) throw refuse('an e-mail address');
  if ((text.match(DIGITS) ?? []).some((run) => passesLuhn(run.replaceAll(/\D/g, ''))))
    throw refuse('what looks like a card number');
  if (/https?:|www\./i.test(text)) throw refuse('a link: people would learn to trust such mails');
  // oxlint-disable-next-line no-control-regex -- exactly these are meant: nothing that a mail program could act on.
  if (/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(text.replaceAll('\r\n', '\n')))
    throw refuse('invisible control characters');
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** The text for somebody's language: exactly theirs, the same language elsewhere, else the business's, else the first. */
export function textFor(
  texts: readonly CampaignText[],
  { own, business }: { own: string; business: string },
): CampaignText | undefined {
  const bare = (tag: string) => tag.split('-', 1)[0];
  for (const tag of [own, business]) {
    const found =
      texts.find(({ language }) => language === tag) ??
      texts.find(({ language }) => bare(language) === bare(tag));
    if (found) return found;
  }
  return texts[0];
}

import { isolated } from './templates/formats.ts';
import { chooseLanguage, wordsOf } from './templates/languages.ts';
import type { LetterFacts, TemplateName } from './templates/template.ts';

/** A mail in both forms. */
export interface WrittenLetter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** Writes a mail, plain and HTML from the same sentences: what is escaped is escaped here, all of it and once. */
export function writeLetter(
  template: TemplateName,
  { language, publicUrl, facts }: { language: string; publicUrl: string; facts: LetterFacts },
): WrittenLetter {
  const chosen = chooseLanguage(language);
  const address = facts.manageUrl ?? publicUrl;
  const { letters, greeting, closing } = chosen.language;
  const words = wordsOf(chosen, facts);
  const { subject, paragraphs, link } = letters[template](words);
  const { code } = facts;
  const name = facts.recipientName === null ? null : isolated(facts.recipientName);
  const sentences = [greeting(name), ...paragraphs];
  const signature = closing(words.organization);
  const text = [
    sentences[0],
    ...(code === undefined ? [] : [`    ${code}`]),
    ...sentences.slice(1),
    ...(link === undefined ? [] : [`${link}: ${address}`]),
    signature,
  ].join('\n\n');
  const html = [
    '<!doctype html>',
    `<html lang="${chosen.locale}" dir="auto"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
    `<p>${escaped(sentences[0] ?? '')}</p>`,
    ...(code === undefined
      ? []
      : [`<p style="font-size:1.6em;letter-spacing:.15em"><code>${escaped(code)}</code></p>`]),
    ...sentences.slice(1).map((sentence) => `<p dir="auto">${escaped(sentence)}</p>`),
    ...(link === undefined ? [] : [`<p><a href="${escaped(address)}">${escaped(link)}</a></p>`]),
    `<p>${escaped(signature)}</p>`,
    '</body></html>',
  ].join('\n');
  return { subject, text: `${text}\n`, html };
}

import { english } from './templates/en.ts';
import type { Language, LetterFacts, TemplateName } from './templates/template.ts';

// To add a language: one file like en.ts, and its name here.
const LANGUAGES: ReadonlyMap<string, Language> = new Map([[english.code, english]]);

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
  const { letters, greeting, closing } = LANGUAGES.get(language) ?? english;
  const { subject, paragraphs, code, link } = letters[template](facts);
  const sentences = [greeting(facts.recipientName), ...paragraphs];
  const signature = closing(facts.organizationName);
  const text = [
    sentences[0],
    ...(code === undefined ? [] : [`    ${code}`]),
    ...sentences.slice(1),
    ...(link === undefined ? [] : [`${link}: ${publicUrl}`]),
    signature,
  ].join('\n\n');
  const html = [
    '<!doctype html>',
    `<html lang="${escaped(language)}" dir="auto"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
    `<p>${escaped(sentences[0] ?? '')}</p>`,
    ...(code === undefined
      ? []
      : [`<p style="font-size:1.6em;letter-spacing:.15em"><code>${escaped(code)}</code></p>`]),
    ...sentences.slice(1).map((sentence) => `<p dir="auto">${escaped(sentence)}</p>`),
    ...(link === undefined ? [] : [`<p><a href="${escaped(publicUrl)}">${escaped(link)}</a></p>`]),
    `<p>${escaped(signature)}</p>`,
    '</body></html>',
  ].join('\n');
  return { subject, text: `${text}\n`, html };
}

import { LINKED_BY_SECRET_ALONE } from './templates/factor-letters.ts';
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

/** What stands in a mail, in its order, before either form is made of it. */
interface Content {
  readonly greeting: string;
  readonly code: string | undefined;
  readonly sentences: readonly string[];
  readonly link: { readonly label: string; readonly url: string } | undefined;
  readonly notMe: { readonly label: string; readonly url: string } | undefined;
  readonly signature: string;
  readonly check: { readonly label: string; readonly url: string } | undefined;
}

/** Writes a mail, plain and HTML from the same sentences: what is escaped is escaped here, all of it and once. */
export function writeLetter(
  template: TemplateName,
  { language, publicUrl, facts }: { language: string; publicUrl: string; facts: LetterFacts },
): WrittenLetter {
  const chosen = chooseLanguage(language);
  const { letters, greeting, closing, genuine, notMe } = chosen.language;
  const words = wordsOf(chosen, facts);
  const { subject, paragraphs, link: invitation } = letters[template](words);
  const { recipientName, code, checkCode, linkUrl, notMeUrl } = facts;
  const unlinked =
    (facts.givesAppointment && template === 'booking-cancelled') ||
    (linkUrl === undefined && LINKED_BY_SECRET_ALONE.includes(template));
  const link = unlinked ? undefined : invitation;
  const content: Content = {
    greeting: greeting(recipientName === null ? null : isolated(recipientName)),
    code,
    sentences: paragraphs,
    link: link === undefined ? undefined : { label: link, url: linkUrl ?? publicUrl },
    notMe: notMeUrl === undefined ? undefined : { label: notMe, url: notMeUrl },
    signature: closing(words.organization),
    check:
      checkCode === undefined
        ? undefined
        : { label: genuine(checkCode), url: `${publicUrl.replace(/\/+$/, '')}/check-message` },
  };
  return { subject, text: inPlainText(content), html: inHtml(content, { subject, locale: chosen.locale }) };
}

function inPlainText({ greeting, code, sentences, link, notMe, signature, check }: Content): string {
  const parts = [
    greeting,
    ...(code === undefined ? [] : [`    ${code}`]),
    ...sentences,
    ...(link ? [`${link.label}: ${link.url}`] : []),
    ...(notMe ? [`${notMe.label}: ${notMe.url}`] : []),
    signature,
    // What a mail program knows as a signature (RFC 3676 §4.3) and leaves out of answers.
    ...(check ? [`-- \n${check.label}: ${check.url}`] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

// Colours of at least 7:1 against their background (WCAG 2.2, 1.4.6); the language, so that it is read out in it (3.1.1).
function inHtml(content: Content, { subject, locale }: { subject: string; locale: string }): string {
  const { greeting, code, sentences, link, notMe, signature, check } = content;
  const paragraph = (text: string) => `<p dir="auto">${escaped(text)}</p>`;
  const anchor = ({ label, url }: { label: string; url: string }) =>
    `<a style="color:#0b4a8f" href="${escaped(url)}">${escaped(label)}</a>`;
  return [
    '<!doctype html>',
    `<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:36em;color:#1a1a1a;background:#fff"><main>',
    `<h1 style="font-size:1.3em">${escaped(subject)}</h1>`,
    paragraph(greeting),
    ...(code === undefined
      ? []
      : [`<p style="font-size:1.6em;letter-spacing:.15em"><code>${escaped(code)}</code></p>`]),
    ...sentences.map(paragraph),
    ...(link ? [`<p>${anchor(link)}</p>`] : []),
    ...(notMe ? [`<p>${anchor(notMe)}</p>`] : []),
    paragraph(signature),
    '</main>',
    ...(check ? [`<footer><p style="font-size:.85em">${anchor(check)}</p></footer>`] : []),
    '</body></html>',
  ].join('\n');
}

/** What a text says, by language: the business, a code, and that nobody asks for it. One hundred and sixty characters at most. */
const TEXTS: Readonly<Record<string, (business: string, code: string) => string>> = {
  en: (business, code) => `${code} is your code for ${business}. Good for 5 minutes. We never ask for it.`,
  de: (business, code) => `${code} ist Ihr Code für ${business}. Er gilt 5 Minuten. Wir fragen nie danach.`,
  fr: (business, code) =>
    `${code} est votre code pour ${business}, valable 5 minutes. Nous ne le demandons jamais.`,
  es: (business, code) => `${code} es su código para ${business}, válido 5 minutos. Nunca se lo pediremos.`,
};

const BUSINESS_CHARACTERS_MAX = 40;

/** A code as a text message. The name of the business is cut, and loses what could pass for a link or a line of its own. */
export function writeCodeText(language: string, facts: { organizationName: string; code: string }): string {
  const business = facts.organizationName
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .replaceAll(/[./:@\\]/g, ' ')
    .trim()
    .slice(0, BUSINESS_CHARACTERS_MAX);
  const write = TEXTS[language.split('-', 1)[0] ?? 'en'] ?? TEXTS['en'];
  return write?.(business, facts.code) ?? facts.code;
}

/** What a text says, by language: the business, a code, and that nobody asks for it. One hundred and sixty characters at most. */
const TEXTS: Readonly<Record<string, (business: string, code: string) => string>> = {
  en: (business, code) => `${code} is your code for ${business}. Good for 5 minutes. We never ask for it.`,
  de: (business, code) => `${code} ist Ihr Code für ${business}. Er gilt 5 Minuten. Wir fragen nie danach.`,
  fr: (business, code) =>
    `${code} est votre code pour ${business}, valable 5 minutes. Nous ne le demandons jamais.`,
  es: (business, code) => `${code} es su código para ${business}, válido 5 minutos. Nunca se lo pediremos.`,
};

// No link: a link in a text is what thieves send.
const NOTICES: Readonly<Record<string, (business: string) => string>> = {
  en: (business) => `How you sign in at ${business} was changed. If that was not you, see our mail now.`,
  de: (business) => `Ihre Anmeldung bei ${business} wurde geändert. Waren Sie das nicht, siehe unsere Mail.`,
  fr: (business) =>
    `Votre connexion à ${business} a été modifiée. Si ce n’était pas vous, voyez notre e-mail.`,
  es: (business) => `Su acceso a ${business} ha cambiado. Si no fue usted, vea nuestro correo ahora.`,
};

const BUSINESS_CHARACTERS_MAX = 40;

const chosen = <Text>(texts: Readonly<Record<string, Text>>, language: string): Text | undefined =>
  texts[language.split('-', 1)[0] ?? 'en'] ?? texts['en'];

/** The name of the business, cut, without what could pass for a link or a line of its own. */
const shortName = (name: string): string =>
  name
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .replaceAll(/[./:@\\]/g, ' ')
    .trim()
    .slice(0, BUSINESS_CHARACTERS_MAX);

/** A code as a text message. */
export const writeCodeText = (language: string, facts: { organizationName: string; code: string }): string =>
  chosen(TEXTS, language)?.(shortName(facts.organizationName), facts.code) ?? facts.code;

/** That how somebody signs in was changed, as a text message. */
export const writeNoticeText = (language: string, organizationName: string): string =>
  chosen(NOTICES, language)?.(shortName(organizationName)) ?? '';

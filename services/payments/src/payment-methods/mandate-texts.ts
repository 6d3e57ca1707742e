import type { MandateUse } from './mandate.ts';

/**
 * The edition of the words below. Whoever changes a word raises it: consents name the edition and the hash of the whole
 * text, and a dispute asks years later what was shown.
 */
export const TEXT_VERSION = '2026-11';

export const LANGUAGES = ['en', 'de', 'fr', 'es'] as const;
export type MandateLanguage = (typeof LANGUAGES)[number];

interface Words {
  readonly opening: string;
  readonly uses: Readonly<Record<MandateUse, (amount: string) => string>>;
  readonly closing: string;
}

const WORDS: Readonly<Record<MandateLanguage, Words>> = {
  en: {
    opening:
      'I allow the business that I book with to charge this card, or the card that I put in its place, for this appointment also when I am not there to confirm it, for the following and for nothing else:',
    uses: {
      NO_SHOW_FEE: (amount) => `If I do not come and have not cancelled: at most ${amount}.`,
      LATE_CANCEL_FEE: (amount) =>
        `If I cancel later than the cancellation policy allows: at most ${amount}.`,
      HOLD: (amount) => `To reserve, before the appointment, what was agreed for it: at most ${amount}.`,
      BALANCE: (amount) => `To pay what is left of the price of the appointment: at most ${amount}.`,
    },
    closing:
      'I am told of every charge at once. I can take this back for the future by cancelling the appointment in time.',
  },
  de: {
    opening:
      'Ich erlaube dem Betrieb, bei dem ich buche, diese Karte oder die Karte, die ich an ihre Stelle setze, für diesen Termin auch dann zu belasten, wenn ich nicht dabei bin, und zwar nur für Folgendes:',
    uses: {
      NO_SHOW_FEE: (amount) => `Wenn ich nicht komme und nicht abgesagt habe: höchstens ${amount}.`,
      LATE_CANCEL_FEE: (amount) =>
        `Wenn ich später absage, als die Stornoregeln erlauben: höchstens ${amount}.`,
      HOLD: (amount) => `Um vor dem Termin zu reservieren, was dafür vereinbart ist: höchstens ${amount}.`,
      BALANCE: (amount) => `Um zu bezahlen, was vom Preis des Termins noch offen ist: höchstens ${amount}.`,
    },
    closing:
      'Über jede Belastung werde ich sofort informiert. Für die Zukunft kann ich dies zurücknehmen, indem ich den Termin rechtzeitig absage.',
  },
  fr: {
    opening:
      "J'autorise l'établissement auprès duquel je réserve à débiter cette carte, ou celle que je mettrai à sa place, pour ce rendez-vous, même en mon absence, pour ce qui suit et pour rien d'autre :",
    uses: {
      NO_SHOW_FEE: (amount) => `Si je ne viens pas sans avoir annulé : ${amount} au plus.`,
      LATE_CANCEL_FEE: (amount) =>
        `Si j'annule plus tard que ne le permettent les conditions d'annulation : ${amount} au plus.`,
      HOLD: (amount) => `Pour réserver, avant le rendez-vous, la somme convenue : ${amount} au plus.`,
      BALANCE: (amount) => `Pour régler ce qui reste du prix du rendez-vous : ${amount} au plus.`,
    },
    closing:
      "Je suis informé immédiatement de chaque débit. Je peux retirer cette autorisation pour l'avenir en annulant le rendez-vous à temps.",
  },
  es: {
    opening:
      'Autorizo al establecimiento en el que reservo a cargar en esta tarjeta, o en la que ponga en su lugar, lo siguiente y nada más por esta cita, también cuando yo no esté presente:',
    uses: {
      NO_SHOW_FEE: (amount) => `Si no acudo y no he cancelado: como máximo ${amount}.`,
      LATE_CANCEL_FEE: (amount) =>
        `Si cancelo más tarde de lo que permiten las condiciones de cancelación: como máximo ${amount}.`,
      HOLD: (amount) => `Para reservar, antes de la cita, lo acordado: como máximo ${amount}.`,
      BALANCE: (amount) => `Para pagar lo que falte del precio de la cita: como máximo ${amount}.`,
    },
    closing:
      'Se me informa de inmediato de cada cargo. Puedo retirar esta autorización para el futuro cancelando la cita a tiempo.',
  },
};

/** The whole text as it is shown and hashed: a line for each use, in the order given. */
export function mandateText(
  language: MandateLanguage,
  uses: readonly { use: MandateUse; amount: string }[],
): string {
  const words = WORDS[language];
  return [
    words.opening,
    ...uses.map(({ use, amount }) => `– ${words.uses[use](amount)}`),
    words.closing,
  ].join('\n');
}

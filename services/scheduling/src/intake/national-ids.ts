import * as check from './check-digits.ts';
import { plainCharacters } from './plain-characters.ts';

/** One kind of national identifier: how it is written, and which of what is written so can be one. */
interface NationalId {
  readonly identifier: string;
  /** What is written, without its borders. Bounded repetitions only, so that no text takes long. */
  readonly written: string;
  /** Whether characters without spaces and dashes, in capitals, can be one. Left out: the form alone says enough. */
  readonly valid?: (text: string) => boolean;
  /** Without a check digit, or with a weak one, only beside a word that names it. */
  readonly near?: RegExp;
}

const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';
const SOCIAL = /\b(?:ssn|social.?security|s\.s\.n)/i;

/**
 * What people have one of for life, or what opens other doors: each with its check digits where it has some, so that telephone
 * numbers and references of the business are left alone. Sources: the issuers' own publications, named in docs/decisions/0025.
 */
export const NATIONAL_IDS: readonly NationalId[] = [
  // United States: areas 000, 666 and 900–999 are not given out (SSA, since 2011).
  { identifier: 'US_SSN', written: '(?!000|666|9)\\d{3}([- .])(?!00)\\d{2}\\1(?!0000)\\d{4}' },
  { identifier: 'US_SSN', written: '(?!000|666|9)\\d{3}(?!00)\\d{2}(?!0000)\\d{4}', near: SOCIAL },
  { identifier: 'US_ITIN', written: '9\\d{2}[- ](?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])[- ]\\d{4}' },
  {
    identifier: 'UK_NINO',
    written:
      '(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\\d{2}[ -]?\\d{2}[ -]?\\d{2}[ -]?[A-D]',
  },
  { identifier: 'UK_NHS', written: '[4-79]\\d{2} ?\\d{3} ?\\d{4}', valid: check.nhs },
  { identifier: 'IN_AADHAAR', written: '[2-9]\\d{3}[ -]?\\d{4}[ -]?\\d{4}', valid: check.verhoeff },
  { identifier: 'IN_PAN', written: '[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]' },
  { identifier: 'DE_TAX_ID', written: '[1-9]\\d ?\\d{3} ?\\d{3} ?\\d{3}', valid: check.germanTaxId },
  {
    identifier: 'DE_PENSION',
    written: `\\d{2} ?${DAY}${MONTH}\\d{2} ?[A-Z] ?\\d{3}`,
    valid: check.germanPension,
  },
  {
    identifier: 'FR_NIR',
    written: '[12] ?\\d{2} ?(?:0[1-9]|1[0-2]|[2-4]\\d) ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}',
    valid: check.frenchNir,
  },
  { identifier: 'ES_DNI', written: '(?:\\d{8}|[XYZ]-?\\d{7})[- ]?[A-Z]', valid: check.spanishDni },
  {
    identifier: 'IT_CODICE_FISCALE',
    written: '[A-Z]{6} ?\\d{2} ?[A-EHLMPRST]\\d{2} ?[A-Z]\\d{3} ?[A-Z]',
    valid: check.codiceFiscale,
  },
  {
    identifier: 'NL_BSN',
    written: '\\d{9}|\\d{4}[. ]\\d{2}[. ]\\d{3}',
    valid: check.bsn,
    near: /\b(?:bsn|burgerservice|sofi)/i,
  },
  { identifier: 'BE_NATIONAL', written: `\\d{2}\\.${MONTH}\\.${DAY}-\\d{3}\\.\\d{2}`, valid: check.belgian },
  {
    identifier: 'PL_PESEL',
    written: `\\d{2}(?:[02468][1-9]|[13579][0-2])${DAY}\\d{5}`,
    valid: check.pesel,
  },
  {
    identifier: 'SE_PERSONNUMMER',
    written: `(?:19|20)?\\d{2}${MONTH}(?:${DAY}|[67]\\d|8\\d|9[01])[-+]\\d{4}`,
    valid: (text) => check.luhn(text.slice(-10)),
  },
  { identifier: 'FI_HETU', written: `${DAY}${MONTH}\\d{2}[-+A]\\d{3}[0-9A-Y]`, valid: finnish },
  { identifier: 'NO_FNR', written: `${DAY}${MONTH}\\d{2} ?\\d{5}`, valid: check.norwegian },
  { identifier: 'DK_CPR', written: `${DAY}${MONTH}\\d{2}-\\d{4}` },
  { identifier: 'BR_CPF', written: '\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}', valid: check.cpf },
  { identifier: 'CA_SIN', written: '[1-79]\\d{2}[- ]\\d{3}[- ]\\d{3}', valid: check.luhn },
  { identifier: 'ZA_ID', written: `\\d{2}${MONTH}${DAY} ?\\d{4} ?[01]\\d{2}`, valid: check.luhn },
  {
    identifier: 'CN_RESIDENT',
    written: `[1-9]\\d{5}(?:19|20)\\d{2}${MONTH}${DAY}\\d{3}[\\dX]`,
    valid: check.chinese,
  },
  { identifier: 'KR_RRN', written: `\\d{2}${MONTH}${DAY}-[1-8]\\d{6}` },
  { identifier: 'SG_NRIC', written: '[STFG]\\d{7}[A-Z]', valid: check.singapore },
  { identifier: 'MX_CURP', written: `[A-Z][AEIOUX][A-Z]{2}\\d{2}${MONTH}${DAY}[HM][A-Z]{5}[A-Z\\d]\\d` },
  // The machine-readable line of a passport (ICAO 9303), and numbers beside the word.
  { identifier: 'PASSPORT', written: 'P[A-Z<][A-Z]{3}[A-Z]{1,30}<[A-Z<]{1,38}' },
  {
    identifier: 'PASSPORT',
    written: '[A-Z]{0,2}\\d{6,9}[A-Z]?',
    near: /(?:passport|reisepass|passeport|pasaporte|passaporto|paspoort|паспорт|護照|护照|パスポート)/i,
  },
];

function finnish(text: string): boolean {
  return check.finnish(text.replace(/^(\d{6})A/, '$1'));
}

/** A place in a text that is such an identifier, in characters (not UTF-16 units) from its beginning. */
export interface FoundId {
  readonly identifier: string;
  readonly start: number;
  readonly end: number;
}

// How far before it a word may stand that names what follows.
const NEAR = 40;
const FORMS = NATIONAL_IDS.map((kind) => ({
  ...kind,
  pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${kind.written})(?![\\p{L}\\p{N}<])`, 'giu'),
}));

/** Every national identifier in a text, in its order. `context` is what stands before it on the screen: the question. */
export function findNationalIds(text: string, context = ''): FoundId[] {
  const plain = plainCharacters(text);
  return FORMS.flatMap(({ identifier, pattern, valid, near }) =>
    [...plain.text.matchAll(pattern)].flatMap((match) => {
      const compact = match[0].replaceAll(/[\s.+-]/g, '').toUpperCase();
      if (valid && !valid(compact)) return [];
      const before = `${context} ${plain.text.slice(Math.max(0, match.index - NEAR), match.index)}`;
      if (near && !near.test(before)) return [];
      const start = plain.from[match.index] ?? 0;
      const end = (plain.from[match.index + match[0].length - 1] ?? 0) + 1;
      return [{ identifier, start, end }];
    }),
  ).toSorted((a, b) => a.start - b.start);
}

/** The text with each identifier's letters and digits replaced by dots, and what they were. */
export function maskNationalIds(text: string): { text: string; identifiers: string[] } {
  const found = findNationalIds(text);
  const characters = [...text];
  for (const { start, end } of found)
    for (let index = start; index < end; index++)
      characters[index] = (characters[index] ?? '').replace(/[\p{L}\p{N}]/u, '•');
  return { text: characters.join(''), identifiers: [...new Set(found.map(({ identifier }) => identifier))] };
}

import { refused } from '@kept/subgraph-kit';

// Control characters, line separators and the marks that turn the direction of what follows: a name is shown inside lists and
// sentences and must not be able to leave its place (CVE-2021-42574).
const UNSAFE = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/u;
const NAME_LENGTH_MAX = 120;
const PHONE = /^\+?[0-9][0-9 ().-]{4,28}[0-9]$/;
/** The end of a number, which is the same however its beginning is written: +44 20 7946 0018, 020 7946 0018. */
const PHONE_DIGITS = 8;

/** A name as it is stored: composed, its blanks joined. Refuses what no name has in it. */
export function readName(value: string, field: string): string {
  if (value.length > NAME_LENGTH_MAX * 4 || UNSAFE.test(value)) {
    throw refused.badInput(`"${field}" holds something that is no part of a name.`, { field });
  }
  const name = value.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
  const length = [...name].length;
  if (length < 1 || length > NAME_LENGTH_MAX) {
    throw refused.badInput(`"${field}" must have 1 to ${NAME_LENGTH_MAX} characters.`, { field });
  }
  return name;
}

/** A telephone number without its decoration; null when none was given. */
export function readPhone(value: string | null | undefined, field: string): string | null {
  const text = value?.trim() ?? '';
  if (text === '') return null;
  if (!PHONE.test(text)) {
    throw refused.badInput(`"${field}" must be a telephone number, such as +44 20 7946 0000.`, { field });
  }
  return text.replaceAll(/[ ().-]/g, '');
}

/** What two spellings of one name have in common: no case, accents or punctuation, and the words in one order. */
export function nameFingerprint(name: string): string {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  const words = plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  // A name of signs alone is told by its signs.
  return words.length === 0 ? name.normalize('NFKC').toLowerCase() : words.toSorted().join(' ');
}

/** What two spellings of one number have in common. */
export const phoneFingerprint = (phone: string): string => phone.replaceAll(/\D/g, '').slice(-PHONE_DIGITS);

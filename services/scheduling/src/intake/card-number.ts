import { luhn } from './check-digits.ts';
import { plainCharacters } from './plain-characters.ts';

// The same rule as the tripwire at the gateway (gateway/src/card-data), kept here as well: an answer or a note may come by another
// door one day. 13 to 19 digits with a check digit (ISO/IEC 7812-1), from a range that schemes issue, in groups or not.
const ISSUED = /^(?:[3-6]|2[2-7]|81|9792)/;
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
// Up to three marks between two groups. Longer gaps are text between two unrelated numbers.
const GROUPS = /\d+(?:[^\p{L}\p{N}]{1,3}\d+)*/gu;
// Ids and instants of ours are full of digits and are no card numbers.
const HARMLESS =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])(?:T[\d:.]{5,18}Z?)?/gi;

/** Whether a text holds what could be a card number, in any script's digits. */
export function looksLikeCard(text: string): boolean {
  const plain = plainCharacters(text).text.replace(HARMLESS, 'x');
  for (const match of plain.matchAll(GROUPS)) {
    const groups = match[0].split(/\D+/).filter(Boolean);
    const total = groups.reduce((sum, group) => sum + group.length, 0);
    // +49 176 12345678 is a telephone number: E.164 has at most 15 digits and a plus.
    if (plain[match.index - 1] === '+' && total <= 15) continue;
    if (total >= DIGITS_MIN && hasCard(groups)) return true;
  }
  return false;
}

// Card numbers start and end where groups do. A longer run is no card number and nothing that a person writes: refused as one.
function hasCard(groups: readonly string[]): boolean {
  return groups.some((group, from) => {
    if (group.length > DIGITS_MAX) return true;
    let digits = '';
    for (let to = from; to < groups.length && digits.length <= DIGITS_MAX; to++) {
      digits += groups[to] ?? '';
      if (isCard(digits)) return true;
    }
    return false;
  });
}

function isCard(digits: string): boolean {
  return digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX && ISSUED.test(digits) && luhn(digits);
}

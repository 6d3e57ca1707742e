// A card number is 13 to 19 digits with a check digit (ISO/IEC 7812-1), from a range that schemes issue, in groups or
// not, in any script's digits. Deliberately wide: a refused reference number is a nuisance, a stored card number a breach.
const ISSUED = /^(?:[3-6]|2[2-7]|81|9792)/;
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
// "4111 - 1111": up to three marks between two groups. Longer gaps are text between two unrelated numbers.
const GROUPS = /\d+(?:[^\p{L}\p{N}]{1,3}\d+)*/gu;

// Shapes of ours that are full of digits and are no card numbers: ids, instants, days, hashes.
const HARMLESS = new RegExp(
  [
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
    String.raw`(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?`,
    String.raw`\b(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})\b`,
  ].join('|'),
  'gi',
);

/** Whether a text holds what could be a card number. */
export function looksLikeCard(text: string): boolean {
  if (text.length < DIGITS_MIN) return false;
  const plain = plainDigits(text).replace(HARMLESS, 'x');
  for (const match of plain.matchAll(GROUPS)) {
    const groups = match[0].split(/\D+/).filter(Boolean);
    const total = groups.reduce((sum, group) => sum + group.length, 0);
    // +49 176 12345678 is a telephone number (E.164 has at most 15 digits, cards mostly more, and no plus).
    if (plain[match.index - 1] === '+' && total <= 15) continue;
    if (total >= DIGITS_MIN && hasCard(groups)) return true;
  }
  return false;
}

/** Whether texts of digits alone make a card number together: one number, split over several fields. */
export function splitCard(texts: readonly string[]): boolean {
  const digits = texts.map(plainDigits).filter((text) => /^\d{2,12}$/.test(text));
  return digits.length > 1 && hasCard(digits);
}

// Card numbers start and end where groups do; inside a run that is longer than any card number, anywhere.
function hasCard(groups: readonly string[]): boolean {
  for (let from = 0; from < groups.length; from++) {
    const first = groups[from] ?? '';
    if (first.length > DIGITS_MAX) {
      if (hasCardInside(first)) return true;
      continue;
    }
    let digits = '';
    for (let to = from; to < groups.length && digits.length <= DIGITS_MAX; to++) {
      digits += groups[to] ?? '';
      if (isCard(digits)) return true;
    }
  }
  return false;
}

// Nobody writes this many digits in a row, and nobody shall make us look at each of them.
const RUN_MAX = 500;

function hasCardInside(run: string): boolean {
  if (run.length > RUN_MAX) return true;
  for (let start = 0; start + DIGITS_MIN <= run.length; start++) {
    for (let length = DIGITS_MIN; length <= DIGITS_MAX && start + length <= run.length; length++) {
      if (isCard(run.slice(start, start + length))) return true;
    }
  }
  return false;
}

function isCard(digits: string): boolean {
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX || !ISSUED.test(digits)) return false;
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

// NFKC turns full-width, circled, superscript and mathematical digits into ASCII; other scripts keep their own. Accents
// go first: they part no digits, and NFKC sorts a run of them in quadratic time (7 s for the largest request, measured).
function plainDigits(text: string): string {
  // oxlint-disable-next-line no-control-regex -- printable or not, ASCII needs no conversion
  if (/^[\x00-\x7F]*$/.test(text)) return text;
  return text
    .replace(/\p{M}+/gu, '')
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, (digit) => String(valueOf(digit.codePointAt(0) ?? 48)));
}

// Unicode keeps the ten decimal digits of a script together and in order (Unicode 16, §4.6): the value is the distance
// from the zero, and zeros stand where a run of such characters begins or every ten after it.
function valueOf(codePoint: number): number {
  let start = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--;
  return (codePoint - start) % 10;
}

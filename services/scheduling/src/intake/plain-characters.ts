/** A text as it is compared: one plain character for each that counts, and where in the text that stood. */
export interface PlainText {
  readonly text: string;
  /** For each character of `text`, the index of its character in the original. */
  readonly from: readonly number[];
  /** The characters of the original. */
  readonly original: readonly string[];
}

// Marks and invisible characters part no digits; whoever hides a number behind them means the number.
const SKIPPED = /[\p{M}\p{Cf}]/u;

/** Digits of every script as ASCII, full-width letters as plain ones, spaces of all kinds as spaces. */
export function plainCharacters(text: string): PlainText {
  const original = [...text];
  const from: number[] = [];
  let plain = '';
  original.forEach((character, index) => {
    if (SKIPPED.test(character)) return;
    plain += plainOf(character);
    from.push(index);
  });
  return { text: plain, from, original };
}

function plainOf(character: string): string {
  if (character <= '\u007f') return character;
  if (/\p{Nd}/u.test(character)) return String(valueOf(character.codePointAt(0) ?? 48));
  if (/\s/u.test(character)) return ' ';
  if (/\p{Pd}/u.test(character)) return '-';
  const folded = character.normalize('NFKC');
  // One character stays one, so that places in both texts belong together.
  return folded.length === 1 ? folded : character.length === 1 ? character : '\ufffd';
}

// Unicode keeps the ten decimal digits of a script together and in order (Unicode 16, §4.6): the value is the distance
// from the zero, and zeros stand where a run of such characters begins or every ten after it.
function valueOf(codePoint: number): number {
  let start = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--;
  return (codePoint - start) % 10;
}

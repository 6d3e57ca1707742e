// Test numbers that the schemes and processors publish; none belongs to anybody.
const NUMBERS = [
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '4222222222222', // 13 digits
  '5555555555554444',
  '5105105105105100',
  '2223003122003222',
  '378282246310005', // 15 digits
  '371449635398431',
  '6011111111111117',
  '3530111333300000',
  '30569309025904', // 14 digits
  '6205500000000000004', // 19 digits
  '6304000000000000',
];

const inGroupsOf = (size: number, mark: string) => (text: string) =>
  (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(mark);
const inDigitsFrom = (zero: number) => (text: string) =>
  [...text].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
const around = (before: string, after: string) => (text: string) => `${before}${text}${after}`;
const fours = inGroupsOf(4, ' ');

/** Ways in which a person or a program writes a card number into a text. */
const WRITINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  spaces: fours,
  dashes: inGroupsOf(4, '-'),
  dots: inGroupsOf(4, '.'),
  'spaced dashes': inGroupsOf(4, ' - '),
  slashes: inGroupsOf(4, '/'),
  underscores: inGroupsOf(4, '_'),
  'one by one': inGroupsOf(1, ' '),
  pairs: inGroupsOf(2, ':'),
  'no-break spaces': inGroupsOf(4, '\u00a0'),
  'thin spaces': inGroupsOf(4, '\u2009'),
  'zero-width spaces': inGroupsOf(4, '\u200b'),
  'zero-width joiners': inGroupsOf(1, '\u200d'),
  'soft hyphens': inGroupsOf(4, '\u00ad'),
  'en dashes': inGroupsOf(4, '–'),
  'line breaks': inGroupsOf(4, '\n'),
  tabs: inGroupsOf(4, '\t'),
  'full width': inDigitsFrom(0xff10),
  'Arabic-Indic': inDigitsFrom(0x0660),
  'Extended Arabic-Indic': inDigitsFrom(0x06f0),
  Devanagari: inDigitsFrom(0x0966),
  Bengali: inDigitsFrom(0x09e6),
  Thai: inDigitsFrom(0x0e50),
  'mathematical bold': inDigitsFrom(0x1d7ce),
  'mathematical monospace': inDigitsFrom(0x1d7f6),
  'full width in groups': (text) => fours(inDigitsFrom(0xff10)(text)),
  'in a sentence': around('please charge ', ', thank you'),
  'in a sentence, in groups': (text) => `Karte ${fours(text)} bitte`,
  'with expiry and code': around('', ' 12/29 123'),
  'as a token': around('tok_', '_visa'),
  'in quotes': around('"', '"'),
  'in parentheses': around('(', ')'),
  'right to left': (text) => `رقم البطاقة ${inDigitsFrom(0x0660)(text)}`,
  'with emoji': around('💳', '🙏'),
};

/** 200 and more card numbers, each as some text holds it. */
export const CARD_FORMATS: readonly { readonly name: string; readonly text: string }[] = Object.entries(
  WRITINGS,
).flatMap(([name, write], at) =>
  // Each way of writing with six of the numbers, so that every number meets every kind of mark.
  Array.from({ length: 6 }, (_, step) => NUMBERS[(at * 5 + step * 3) % NUMBERS.length] ?? '').map(
    (number) => ({
      name,
      text: write(number),
    }),
  ),
);

// Ways in which people and programs write card numbers: each way with some of the published test numbers, none of which is anybody's.
export interface Written {
  readonly name: string;
  readonly text: string;
  /** The number itself, in plain digits. */
  readonly digits: string;
}

// Each brand of the processor's published test cards; a canary of its own for each way would not pass the check digit.
const NUMBERS = [
  '4242424242424242',
  '4000056655665556',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '6011111111111117',
  '30569309025904',
  '3566002020360505',
  '4000000000000259',
  '4100000000000019',
];

const groups = (size: number, mark: string) => (digits: string) =>
  (digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(mark);
const script = (zero: number) => (digits: string) =>
  [...digits].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');

const WAYS: Readonly<Record<string, (digits: string) => string>> = {
  plain: (digits) => digits,
  spaces: groups(4, ' '),
  dashes: groups(4, '-'),
  dots: groups(4, '.'),
  'no-break spaces': groups(4, '\u00a0'),
  'narrow no-break spaces': groups(4, '\u202f'),
  'zero-width spaces': groups(1, '\u200b'),
  'word joiners': groups(4, '\u2060'),
  'full width': script(0xff10),
  'full width in groups': (digits) => groups(4, '\u3000')(script(0xff10)(digits)),
  'Arabic-Indic': script(0x0660),
  Devanagari: script(0x0966),
  Thai: script(0x0e50),
  'mathematical bold': script(0x1d7ce),
  'one by one': groups(1, ' '),
  'line breaks': groups(4, '\n'),
  'JSON in a text': (digits) => JSON.stringify({ number: digits, exp: '12/29' }),
  'local part of an address': (digits) => `${digits}@mail.example`,
  'name of a file': (digits) => `scan-${digits}.pdf`,
  'in a sentence': (digits) => `please charge ${groups(4, ' ')(digits)}, thank you`,
  'with expiry and code': (digits) => `${digits} 12/29 123`,
  'in an address of the web': (digits) => `https://shop.example/pay?card=${digits}&ok=1`,
  'as a header': (digits) => `X-Card: ${digits}`,
};

/** 200 and more, every number in every way. */
export const writingsOf = (): Written[] =>
  Object.entries(WAYS).flatMap(([name, write]) =>
    NUMBERS.map((digits) => ({ name, text: write(digits), digits })),
  );

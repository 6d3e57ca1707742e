/**
 * The hole this keeps closed: a form, a note or a picture of a field collects national identifiers or card numbers that the business
 * has no right to (DAT-02). A stolen list of them is a stolen identity each; what is never stored cannot be stolen.
 */
import fc from 'fast-check';
import { looksLikeCard } from './card-number.ts';
import { forbiddenIn } from './forbidden-words.ts';
import { findNationalIds, maskNationalIds, NATIONAL_IDS } from './national-ids.ts';
import { identifiersOfPicture } from './pictures.ts';

// Published samples and numbers with right check digits that belong to nobody.
const SAMPLES: readonly [string, string][] = [
  ['US_SSN', '219-09-9999'],
  ['US_SSN', '219 09 9999'],
  ['US_SSN', 'my SSN is 219099999'],
  ['US_ITIN', '912-70-1234'],
  ['UK_NINO', 'QQ 12 34 56 C'.replace('QQ', 'AB')],
  ['UK_NINO', 'ab123456c'],
  ['UK_NHS', '943 476 5919'],
  ['UK_NHS', '9434765919'],
  ['IN_AADHAAR', '2341 2341 2346'],
  ['IN_PAN', 'ABCPE1234F'],
  ['DE_TAX_ID', '86095742719'],
  ['DE_TAX_ID', '47 036 892 816'],
  ['DE_PENSION', '15 070649 C 103'],
  ['FR_NIR', '2 55 08 14 168 025 38'],
  ['ES_DNI', '12345678Z'],
  ['ES_DNI', 'X1234567L'],
  ['IT_CODICE_FISCALE', 'RSSMRA85T10A562S'],
  ['NL_BSN', 'BSN 111222333'],
  ['BE_NATIONAL', '85.07.30-033.28'],
  ['PL_PESEL', '44051401359'],
  ['SE_PERSONNUMMER', '811218-9876'],
  ['FI_HETU', '131052-308T'],
  ['NO_FNR', '01010750160'],
  ['DK_CPR', '070761-4285'],
  ['BR_CPF', '529.982.247-25'],
  ['CA_SIN', '130 692 544'],
  ['ZA_ID', '8001015009087'],
  ['CN_RESIDENT', '11010519491231002X'],
  ['KR_RRN', '900101-1234567'],
  ['SG_NRIC', 'S1234567D'],
  ['MX_CURP', 'BADD110313HCMLNS09'],
  ['PASSPORT', 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<'],
  ['PASSPORT', 'passport no. C01X00T47'.replace('C01X00T47', 'X1234567')],
];

describe('[DAT-02] a national identifier in a text', () => {
  it.each(SAMPLES)('is found: %s in "%s"', (identifier, text) => {
    for (const around of [text, `Hello (${text}), thank you.`, `${text}\nand more`])
      expect(findNationalIds(around).map((found) => found.identifier)).toContain(identifier);
  });

  it('has a sample here for every kind that is known', () => {
    const kinds = new Set(NATIONAL_IDS.map(({ identifier }) => identifier));
    expect(new Set(SAMPLES.map(([identifier]) => identifier))).toEqual(kinds);
  });

  it.each([
    ['full-width digits', '２１９-０９-９９９９'],
    ['Arabic digits', '٢١٩-٠٩-٩٩٩٩'],
    ['mathematical digits', '𝟐𝟏𝟗-𝟎𝟗-𝟗𝟗𝟗𝟗'],
    ['zero-width characters', '2\u200b19-09-99\u200d99'],
    ['no-break spaces and long dashes', '219–09–9999'],
    ['an accent on a digit', '2\u030119-09-9999'],
  ])('is found behind %s', (_how, text) => {
    expect(findNationalIds(text).map(({ identifier }) => identifier)).toEqual(['US_SSN']);
  });

  it.each([
    ['an area that is not given out', '666-12-3456'],
    ['an area above 899', '900-12-3456'],
    ['a wrong check digit', '943 476 5918'],
    ['a British telephone number', '020 7946 0018'],
    ['an American telephone number', '+1 415-555-2671'],
    ['a German telephone number', '+49 176 12345678'],
    ['a date', '2027-03-28'],
    ['a date and a time', 'on 28.03.2027 at 10:30'],
    ['an id of ours', '11111111-1111-4111-8111-111111111111'],
    ['a forbidden prefix', 'GB123456C'],
    ['nine digits that nobody calls anything', 'order 219099999'],
    ['an amount', '1 234 567.89'],
    ['an insurance policy in letters and digits', 'KV-2219/B'],
    ['a sentence', 'I had surgery in 2019 and take 20 mg twice a day; see letter of 12 May.'],
  ])('is not seen in %s', (_what, text) => {
    expect(findNationalIds(text)).toEqual([]);
  });

  it('is masked where it stands and nowhere else, whatever stands around it', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abc xyzàß中🏥', 'e\u0301'), maxLength: 20 });
    const sample = fc.constantFrom('219-09-9999', '943 476 5919', 'AB123456C', '２１９-０９-９９９９');
    fc.assert(
      fc.property(word, sample, word, (before, id, after) => {
        const { text, identifiers } = maskNationalIds(`${before} ${id} ${after}`);
        expect(identifiers).toHaveLength(1);
        expect(text).toBe(`${before} ${id.replaceAll(/[\p{L}\p{N}]/gu, '•')} ${after}`);
      }),
    );
  });

  it('takes no long time, whatever is written', () => {
    const hostile = [
      '1'.repeat(4000),
      '1 '.repeat(2000),
      'P<'.repeat(2000),
      'AB12'.repeat(1000),
      '\u0301'.repeat(4000),
    ];
    const before = process.cpuUsage();
    for (const text of hostile) findNationalIds(text);
    // Quadratic work on 4000 characters would be seconds; this is some milliseconds of processor time.
    expect(process.cpuUsage(before).user).toBeLessThan(1_500_000);
  });
});

describe('[DAT-02] a field that asks for one', () => {
  it.each([
    ['US_SSN', 'SSN'],
    ['US_SSN', 'ssnNumber'],
    ['US_SSN', 'S.S.N.'],
    ['US_SSN', 'Last four of your Social-Security number'],
    ['UK_NINO', 'National Insurance no.'],
    ['UK_NHS', 'NHS number'],
    ['PASSPORT', 'passport_no'],
    ['PASSPORT', 'Reisepassnummer'],
    ['PASSPORT', 'Numéro de passeport'],
    ['PASSPORT', 'Número de pasaporte'],
    ['PASSPORT', 'Ｐａｓｓｐｏｒｔ'],
    ['PASSPORT', 'Серия и номер паспорта'],
    ['PASSPORT', 'パスポート番号'],
    ['IN_AADHAAR', 'Aadhaar'],
    ['IN_AADHAAR', 'आधार संख्या'],
    ['IN_PAN', 'PAN card'],
    ['DE_TAX_ID', 'Steuer-ID'],
    ['DE_TAX_ID', 'Steueridentifikationsnummer'],
    ['DE_PENSION', 'Sozialversicherungsnummer'],
    ['FR_NIR', 'Numéro de sécurité sociale'],
    ['ES_DNI', 'DNI o NIE'],
    ['IT_CODICE_FISCALE', 'Codice fiscale'],
    ['NL_BSN', 'Burgerservicenummer (BSN)'],
    ['PL_PESEL', 'PESEL'],
    ['BR_CPF', 'CPF'],
    ['CA_SIN', 'Social insurance number'],
    ['CN_RESIDENT', '身份证号码'],
    ['NATIONAL_ID', 'National ID'],
    ['NATIONAL_ID', 'Personalausweisnummer'],
    ['NATIONAL_ID', 'Driver’s licence number'],
    ['TAX_ID', 'Tax ID'],
    ['CARD_DATA', 'Credit card'],
    ['CARD_DATA', 'CVV'],
    ['CARD_DATA', 'Kreditkartennummer'],
    ['CARD_DATA', 'Numéro de carte bancaire'],
  ])('%s is seen in "%s"', (identifier, label) => {
    expect(forbiddenIn(label)).toContain(identifier);
  });

  it.each([
    'Allergies',
    'Which medicines do you take?',
    'Name of your insurance',
    'Do you use a frying pan?',
    'Business since',
    'Passion for running',
    'Passed exams',
    'Original language',
    'Card game you like',
    'Identity of your pet',
    'Telefonnummer',
    'Assnatch',
  ])('nothing is seen in "%s"', (label) => {
    expect(forbiddenIn(label)).toEqual([]);
  });

  it.each([
    ['US_SSN', '999-99-9999'],
    ['US_SSN', '999999999'],
    ['UK_NINO', 'AA999999A'],
    ['UK_NINO', 'XX 99 99 99 X'],
    ['UK_NHS', '999 999 9999'],
    ['PASSPORT', 'A99999999'],
    ['IN_AADHAAR', '9999 9999 9999'],
    ['CARD_DATA', '9999 9999 9999 9999'],
    ['CARD_DATA', '9999999999999999'],
    ['ES_DNI', '99999999A'],
  ])('%s is seen in the picture %s', (identifier, picture) => {
    expect(identifiersOfPicture(picture)).toContain(identifier);
  });

  it.each(['9999', 'AA-999', 'KV-9999/A', '99:99', 'A9A 9A9'])(
    'nothing is seen in the picture %s',
    (picture) => {
      expect(identifiersOfPicture(picture)).toEqual([]);
    },
  );
});

describe('[DAT-02] a card number in a text', () => {
  it.each([
    '4111 1111 1111 1111',
    'pay with 4242-4242-4242-4242 please',
    '３７８２８２２４６３１０００５',
    '6205500000000000004',
  ])('is found: %s', (text) => expect(looksLikeCard(text)).toBe(true));
  it.each(['4111 1111 1111 1112', '+49 176 12345678', '2027-03-28T09:00:00Z', '20 mg', 'x'.repeat(4000)])(
    'is not seen in %s',
    (text) => expect(looksLikeCard(text)).toBe(false),
  );
});

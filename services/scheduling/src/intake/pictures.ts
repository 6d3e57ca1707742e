// A picture says how an answer is written: 9 a digit, A a letter, X either, anything else itself. Not a regular expression: those can
// be made to take for ever, and nobody can tell what they accept.
const SIGNS: Readonly<Record<string, RegExp>> = { 9: /\d/, A: /\p{L}/u, X: /[\p{L}\d]/u };

/** Whether an answer is written as the picture says. One look at each character. */
export function fitsPicture(text: string, picture: string): boolean {
  const characters = [...text];
  const signs = [...picture];
  return (
    characters.length === signs.length &&
    signs.every(
      (sign, index) => (SIGNS[sign] ?? null)?.test(characters[index] ?? '') ?? sign === characters[index],
    )
  );
}

// How identifiers are written, letters and digits alone: a picture that would take one of these takes identifiers. Nine digits are
// a customer number sometimes; then there is an exception to ask for, or a field without a picture.
const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  US_SSN: ['219099999'],
  UK_NINO: ['AB123456C'],
  UK_NHS: ['9434765919'],
  IN_AADHAAR: ['234123412346'],
  IN_PAN: ['ABCPE1234F'],
  DE_TAX_ID: ['86095742719'],
  DE_PENSION: ['15070649C103'],
  FR_NIR: ['255081416802538'],
  ES_DNI: ['12345678Z', 'X1234567L'],
  IT_CODICE_FISCALE: ['RSSMRA85T10A562S'],
  SG_NRIC: ['S1234567D'],
  CN_RESIDENT: ['11010519491231002X'],
  MX_CURP: ['BADD110313HCMLNS09'],
  PASSPORT: ['C01X00T47', 'A12345678', 'AB1234567', '123456789'],
  CARD_DATA: [
    '4111111111111111',
    '378282246310005',
    '4222222222222',
    '30569309025904',
    '6205500000000000004',
  ],
};

/** Which identifiers an answer of this picture could be; empty when none. */
export function identifiersOfPicture(picture: string): string[] {
  const bare = [...picture].filter((sign) => /[\p{L}\d]/u.test(sign)).join('');
  return Object.entries(WRITTEN)
    .filter(([, samples]) => samples.some((sample) => fitsPicture(sample, bare)))
    .map(([identifier]) => identifier);
}

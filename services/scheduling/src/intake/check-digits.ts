// The arithmetic of identifiers, one function per rule; each takes characters without spaces or dashes, in capitals.

const digitsOf = (text: string): number[] => [...text].map(Number);
const weighted = (text: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * (digitsOf(text)[index] ?? 0), 0);

/** Luhn (ISO/IEC 7812-1, annex B), the check digit last. */
export function luhn(digits: string): boolean {
  const sum = digitsOf(digits)
    .toReversed()
    .map((digit, place) => (place % 2 === 0 ? digit : digit * 2))
    .reduce((total, digit) => total + (digit > 9 ? digit - 9 : digit), 0);
  return sum % 10 === 0;
}

/** Weights before the check digit, which makes the sum a multiple of 11; 10 is no digit. NHS number (England and Wales). */
export function nhs(digits: string): boolean {
  const check = 11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (check === 11 ? 0 : check) === Number(digits[9]);
}

// The dihedral group D5, as Verhoeff published it (1969).
const PRODUCTS = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678']
  .concat(['5987604321', '6598710432', '7659821043', '8765932104', '9876543210'])
  .map(digitsOf);
const PERMUTATION = digitsOf('1576283094');

/** Verhoeff, the check digit last. Aadhaar (India). */
export function verhoeff(digits: string): boolean {
  const check = digitsOf(digits)
    .toReversed()
    .reduce((state, digit, place) => {
      let permuted = digit;
      for (let turn = 0; turn < place % 8; turn++) permuted = PERMUTATION[permuted] ?? 0;
      return PRODUCTS[state]?.[permuted] ?? 0;
    }, 0);
  return check === 0;
}

/** ISO 7064, MOD 11,10. Steuer-Identifikationsnummer (Germany), in whose first ten digits one stands two or three times. */
export function germanTaxId(digits: string): boolean {
  const times = [...'0123456789'].map((digit) => digits.slice(0, 10).split(digit).length - 1);
  if (times.filter((count) => count > 1).length !== 1 || times.some((count) => count > 3)) return false;
  const product = digitsOf(digits.slice(0, 10)).reduce((value, digit) => {
    const sum = (digit + value) % 10 || 10;
    return (sum * 2) % 11;
  }, 10);
  return (11 - product) % 10 === Number(digits[10]);
}

/** Rentenversicherungsnummer (Germany): the letter counts as two digits, cross sums of the products. */
export function germanPension(text: string): boolean {
  const letter = String(text.charCodeAt(8) - 64).padStart(2, '0');
  const digits = digitsOf(text.slice(0, 8) + letter + text.slice(9, 11));
  const weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
  const crossSum = (value: number): number => Math.floor(value / 10) + (value % 10);
  const sum = weights.reduce((total, weight, index) => total + crossSum(weight * (digits[index] ?? 0)), 0);
  return sum % 10 === Number(text[11]);
}

/** NIR (France): 97 less the remainder; Corsica counts as 19 and 18. */
export function frenchNir(text: string): boolean {
  const number = BigInt(text.slice(0, 13).replace('2A', '19').replace('2B', '18'));
  return 97n - (number % 97n) === BigInt(text.slice(13));
}

/** DNI and NIE (Spain): the remainder by 23 names the letter. */
export function spanishDni(text: string): boolean {
  const number = Number(text.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === text.at(-1);
}

// Odd places of a codice fiscale, for 0–9 and A–Z (D.M. 23 December 1976).
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
const ODD_LETTERS = [...ODD, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Codice fiscale (Italy). */
export function codiceFiscale(text: string): boolean {
  const sum = Array.from(text.slice(0, 15)).reduce((total, character, index) => {
    const isDigit = /\d/.test(character);
    const value = isDigit ? Number(character) : character.charCodeAt(0) - 65;
    const odd = isDigit ? ODD[value] : ODD_LETTERS[value];
    return total + (index % 2 === 0 ? (odd ?? 0) : value);
  }, 0);
  return String.fromCharCode(65 + (sum % 26)) === text[15];
}

/** Burgerservicenummer (Netherlands): the eleven test, the last digit negative. */
export const bsn = (digits: string): boolean =>
  Number(digits) > 0 && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;

/** PESEL (Poland). */
export const pesel = (digits: string): boolean =>
  (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(digits[10]);

/** Rijksregisternummer (Belgium): 97 less the remainder; with a 2 in front for those born from 2000 on. */
export function belgian(digits: string): boolean {
  const check = Number(digits.slice(9));
  return ['', '2'].some((century) => 97 - (Number(century + digits.slice(0, 9)) % 97) === check);
}

/** Henkilötunnus (Finland): the remainder by 31 names the sign. */
export const finnish = (text: string): boolean =>
  '0123456789ABCDEFHJKLMNPRSTUVWXY'[Number(text.slice(0, 6) + text.slice(6, 9)) % 31] === text.at(-1);

/** Fødselsnummer (Norway): two check digits by 11. */
export const norwegian = (digits: string): boolean =>
  weighted(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 === 0 &&
  weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;

/** CPF (Brazil): two check digits by 11; eleven equal digits pass the sums and are none. */
export function cpf(digits: string): boolean {
  const check = (count: number): number => {
    const weights = Array.from({ length: count }, (_, index) => count + 1 - index);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return !/^(\d)\1+$/.test(digits) && check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

/** Resident identity number (China): ISO 7064, MOD 11-2. */
export const chinese = (text: string): boolean =>
  '10X98765432'[weighted(text, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === text[17];

/** NRIC and FIN (Singapore). */
export function singapore(text: string): boolean {
  const sum = weighted(text.slice(1, 8), [2, 7, 6, 5, 4, 3, 2]) + (/^[TG]/.test(text) ? 4 : 0);
  return (/^[ST]/.test(text) ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK')[sum % 11] === text[8];
}

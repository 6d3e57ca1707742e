import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * Where a number in canonical form is (ISO 3166-1), by the prefixes that are given out there: +1 alone is of twenty-five
 * countries. Null where that is not certain.
 */
export function phoneCountry(phone: string): string | null {
  return parsePhoneNumberFromString(phone)?.country ?? null;
}

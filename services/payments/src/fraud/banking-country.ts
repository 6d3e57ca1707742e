/**
 * Countries and territories (ISO 3166-1) whose people mostly have cards of another country's banks: a telephone of Guernsey
 * with a card of Great Britain is no contradiction.
 */
const BANKS_OF: Readonly<Record<string, string>> = {
  // British islands
  GG: 'GB',
  JE: 'GB',
  IM: 'GB',
  // French departments and territories that use the euro
  GP: 'FR',
  MQ: 'FR',
  GF: 'FR',
  RE: 'FR',
  YT: 'FR',
  BL: 'FR',
  MF: 'FR',
  PM: 'FR',
  // Of the United States
  PR: 'US',
  VI: 'US',
  GU: 'US',
  MP: 'US',
  AS: 'US',
  // Others
  AX: 'FI',
  SJ: 'NO',
  CX: 'AU',
  CC: 'AU',
  NF: 'AU',
  VA: 'IT',
};

const bankingCountry = (country: string): string => BANKS_OF[country] ?? country;

/** Whether a card of one country is nothing unusual in another; where either is not known, nothing follows from it. */
export function banksApart(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && bankingCountry(one) !== bankingCountry(other);
}

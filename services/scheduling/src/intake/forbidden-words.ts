/**
 * Words that ask for a national identifier or for card data, as people and forms write them: English and the languages of the
 * countries whose identifiers are known here, and of those who hold passports everywhere. A phrase counts as whole words; where a
 * script or a language writes words together, anywhere. Not a proof: a question can always be put so that no list sees it, which is
 * why answers are looked at, too.
 */
const PHRASES: Readonly<Record<string, string>> = {
  US_SSN: 'ssn|social security|social security number|sozialversicherung usa|numero de seguro social',
  US_ITIN: 'itin|individual taxpayer',
  UK_NINO: 'nino|ni number|ni no|national insurance',
  UK_NHS: 'nhs number|nhs no|nhs id|chi number|health service number',
  IN_AADHAAR: 'aadhaar|aadhar|adhaar|uidai',
  IN_PAN: 'pan card|pan number|pan no|permanent account number',
  DE_TAX_ID: 'steuer id|steuerid|steuer identifikationsnummer|idnr|steuernummer',
  DE_PENSION: 'sv nummer|rv nummer|versicherungsnummer der rentenversicherung',
  FR_NIR: 'nir|securite sociale|numero secu|numero insee|carte vitale',
  ES_DNI: 'dni|nie|nif|documento nacional de identidad|numero de identidad',
  IT_CODICE_FISCALE: 'codice fiscale|cod fiscale|tessera sanitaria',
  NL_BSN: 'bsn|sofinummer|sofi nummer',
  BE_NATIONAL: 'rijksregisternummer|insz|niss|numero national|numero de registre national',
  PL_PESEL: 'pesel',
  SE_PERSONNUMMER: 'personnummer|samordningsnummer',
  FI_HETU: 'hetu|henkilotunnus',
  NO_FNR: 'fodselsnummer|fnr',
  DK_CPR: 'cpr|cpr nummer|personnummer cpr',
  BR_CPF: 'cpf|cadastro de pessoas fisicas|rg numero',
  CA_SIN: 'social insurance|sin number|assurance sociale',
  ZA_ID: 'south african id|sa id number',
  KR_RRN: 'resident registration number|rrn',
  SG_NRIC: 'nric|fin number',
  MX_CURP: 'curp|rfc',
  CN_RESIDENT: 'resident identity card|hukou',
  PASSPORT: 'passport|passports|passeport|pasaporte|passaporto|paspoort|passaporte',
  NATIONAL_ID:
    'national id|national identity|national identification|identity card|identity number|id card|id number|id no|identification number|personal id|personal number|carte d identite|cni|cedula|cedula de identidad|carta d identita|documento d identita|carteira de identidade|driver s licence|driver s license|drivers licence|drivers license|driving licence|driving license|driver licence|driver license|permis de conduire|permiso de conducir|carnet de conducir|patente di guida|medicare number|medicare id|medicaid id|ahv|avs|oib|emso|jmbg|egn|cnp',
  TAX_ID:
    'tax id|taxid|tax number|tax identification|taxpayer|tin number|tfn|tax file number|numero fiscal|numero fiscale|identifiant fiscal|numero de contribuinte',
  CARD_DATA:
    'credit card|creditcard|debit card|debitcard|card number|card no|cardnumber|card expiry|expiry of card|cvv|cvc|cvv2|cvc2|card security code|security code of your card|carte bancaire|carte bleue|carte de credit|numero de carte|tarjeta de credito|tarjeta de debito|numero de tarjeta|carta di credito|numero della carta|cartao de credito',
};

// Written together with other words, or in a script without spaces.
const INSIDE: Readonly<Record<string, string>> = {
  PASSPORT: 'reisepass|passport|паспорт|護照|护照|パスポート|여권|جواز|דרכון|διαβατηρι|पासपोर्ट',
  DE_TAX_ID: 'steueridentifikation',
  DE_PENSION: 'sozialversicherungsn|rentenversicherungsn',
  NL_BSN: 'burgerservice',
  NATIONAL_ID:
    'personalausweis|ausweisnummer|fuhrerschein|ahvnummer|удостоверени|マイナンバー|個人番号|주민등록|بطاقة الهوية|הזהות|תעודת זהות',
  IN_AADHAAR: 'आधार',
  CN_RESIDENT: '身份证|身份證|身分證',
  TAX_ID: 'инн|снилс',
  CARD_DATA: 'kreditkarte|kartennummer|kartenprufnummer|номер карты|信用卡|クレジットカード',
};

/** Which identifiers a label, a key or a help text asks for; empty when none. */
export function forbiddenIn(text: string): string[] {
  const words = plainWords(text);
  const whole = ` ${words} `;
  // "S.S.N." and "c v v": single letters in a row are one word.
  const joined = ` ${words.replaceAll(/\b(?:[a-z] ){1,5}[a-z]\b/g, (letters) => letters.replaceAll(' ', ''))} `;
  const found = new Set<string>();
  for (const [identifier, phrases] of Object.entries(PHRASES))
    for (const phrase of phrases.split('|'))
      if (whole.includes(` ${phrase} `) || joined.includes(` ${phrase} `)) found.add(identifier);
  for (const [identifier, parts] of Object.entries(INSIDE))
    for (const part of parts.split('|')) if (words.includes(plainWords(part))) found.add(identifier);
  return [...found];
}

// "passportNo", "Numéro de SÉCURITÉ-sociale", "Ｐａｓｓｐｏｒｔ": words in small plain letters, one space between them. Vowel signs of
// Indic scripts are marks, too, and part of the word: only the accents of Latin, Greek and Cyrillic go.
function plainWords(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f\p{Cf}]/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}

/** Every identifier that a question can be found to ask for. */
export const knownIdentifiers = (): string[] => [
  ...new Set([...Object.keys(PHRASES), ...Object.keys(INSIDE)]),
];

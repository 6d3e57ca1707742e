import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a category of personal data is called, and whether it is of the special ones of GDPR article 9. */
export interface Term {
  readonly label: string;
  readonly special: boolean;
}

// Data, not code: read from the sources also when running from dist. Licence and origin stand beside it.
const FILE = join(import.meta.dirname, '..', '..', 'src', 'vocabulary', 'dpv-terms.tsv');

// What DPV 2.3 has no word for. Each names the DPV term it is a kind of, as DPV asks of those who extend it.
const OWN: Readonly<Record<string, { label: string; broader: string }>> = {
  'kept:Schedule': { label: 'Times of appointments and absences', broader: 'pd:External' },
  'kept:SecurityRecord': {
    label: 'Why something was done to protect an account',
    broader: 'pd:Historical',
  },
};

function readTerms(): ReadonlyMap<string, Term> {
  const terms = new Map<string, Term>();
  for (const line of readFileSync(FILE, 'utf8').trimEnd().split('\n').slice(1)) {
    const [term = '', label = '', , special = ''] = line.split('\t');
    terms.set(term, { label, special: special === 'yes' });
  }
  for (const [term, { label, broader }] of Object.entries(OWN)) {
    if (!terms.has(broader)) throw new Error(`${term} is a kind of ${broader}, which DPV does not have.`);
    terms.set(term, { label, special: false });
  }
  return terms;
}

const TERMS = readTerms();

/** A term of DPV 2.3 (`pd:Name`, `gdpr:A6-1-b`, `dpv:Marketing`) or one of our own (`kept:Schedule`), if there is such a term. */
export const termOf = (term: string): Term | undefined => TERMS.get(term);

/** The address under which a term is defined. Our own are defined where they are declared. */
export function iriOf(term: string): string {
  const [prefix = '', name = ''] = term.split(':');
  const base = {
    pd: 'https://w3id.org/dpv/pd#',
    dpv: 'https://w3id.org/dpv#',
    gdpr: 'https://w3id.org/dpv/legal/eu/gdpr#',
    kept: 'https://kept.example/terms#',
  }[prefix];
  if (base === undefined || !TERMS.has(term)) throw new Error(`There is no term ${term}.`);
  return `${base}${name}`;
}

import { randomBytes } from 'node:crypto';
import { readablePassword } from './words.ts';

// Fixed, so that every service's seed, every test and every page of the README mean the same people.
const riverside = {
  id: '11111111-1111-4111-8111-111111111111',
  name: 'Riverside Practice',
  timeZone: 'Europe/London',
  currency: 'GBP',
};
const northgate = {
  id: '22222222-2222-4222-8222-222222222222',
  name: 'Northgate Studio',
  timeZone: 'Europe/London',
  currency: 'GBP',
};

export const demoOrganizations = [riverside, northgate];

const account = (ending: string): string => `a0000000-0000-4000-8000-0000000000${ending}`;

const people = [
  {
    key: 'provider',
    id: account('01'),
    organization: riverside,
    kind: 'STAFF',
    role: 'PROVIDER',
    displayName: 'Priya Nair',
    email: 'provider@riverside.example',
  },
  {
    key: 'front-desk',
    id: account('02'),
    organization: riverside,
    kind: 'STAFF',
    role: 'FRONT_DESK',
    displayName: 'Frank Osei',
    email: 'front-desk@riverside.example',
  },
  {
    key: 'billing',
    id: account('03'),
    organization: riverside,
    kind: 'STAFF',
    role: 'BILLING',
    displayName: 'Bea Lindqvist',
    email: 'billing@riverside.example',
  },
  {
    key: 'manager',
    id: account('04'),
    organization: riverside,
    kind: 'STAFF',
    role: 'MANAGER',
    displayName: 'Mara Okafor',
    email: 'manager@riverside.example',
  },
  {
    key: 'compliance',
    id: account('05'),
    organization: riverside,
    kind: 'STAFF',
    role: 'COMPLIANCE',
    displayName: 'Cosmo Iyer',
    email: 'compliance@riverside.example',
  },
  {
    key: 'client',
    id: account('06'),
    organization: riverside,
    kind: 'CLIENT',
    role: 'CLIENT',
    displayName: 'Clara Møller',
    email: 'client@riverside.example',
  },
  {
    key: 'northgate-manager',
    id: account('11'),
    organization: northgate,
    kind: 'STAFF',
    role: 'MANAGER',
    displayName: 'Noor Haddad',
    email: 'manager@northgate.example',
  },
  {
    key: 'northgate-client',
    id: account('12'),
    organization: northgate,
    kind: 'CLIENT',
    role: 'CLIENT',
    displayName: 'Nia Castillo',
    email: 'client@northgate.example',
  },
] as const;

/** One person of the demo: what the seed of identity needs to let them in, and what a newcomer needs to come in. */
export interface StackAccount {
  key: string;
  id: string;
  organizationId: string;
  kind: 'STAFF' | 'CLIENT';
  role: string;
  roles: string[];
  displayName: string;
  email: string;
  password: string;
  /** Base32. Staff always have one; the demo client of each organization signs in with the password alone. */
  totpSecret?: string | undefined;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 random bits in base32, as authenticator apps take them (RFC 4226 §4, R6). */
export function newTotpSecret(): string {
  return Array.from(randomBytes(32), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

export function newDemoAccounts(): StackAccount[] {
  return people.map(({ organization, ...person }) => ({
    ...person,
    organizationId: organization.id,
    roles: [person.role],
    password: readablePassword(),
    totpSecret: person.kind === 'STAFF' ? newTotpSecret() : undefined,
  }));
}

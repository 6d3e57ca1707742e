/** What personal data may be used for, by the names that declarations and messages carry, as kinds of DPV's purposes. */
export const PURPOSES_OF_DATA = {
  'booking.service': { label: 'To make, keep and hold appointments', dpv: 'dpv:RequestedServiceProvision' },
  'booking.reminder': { label: 'To remind of appointments', dpv: 'dpv:CommunicationManagement' },
  'account.security': { label: 'To open and protect accounts', dpv: 'dpv:EnforceSecurity' },
  payment: { label: 'To take, give back and account for money', dpv: 'dpv:PaymentManagement' },
  accountability: {
    label: 'To show afterwards what was done, and that it was lawful',
    dpv: 'dpv:LegalCompliance',
  },
  'marketing.news': { label: 'To send news to those who agreed', dpv: 'dpv:DirectMarketing' },
  'marketing.sharing': { label: 'To pass data on to others, until somebody objects', dpv: 'dpv:Marketing' },
} as const satisfies Readonly<Record<string, { label: string; dpv: `dpv:${string}` }>>;

/** A purpose of the registry; one that is not in it does not compile. */
export type PurposeOfData = keyof typeof PURPOSES_OF_DATA;

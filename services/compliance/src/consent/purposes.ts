/** Why something is done with a person's data, and what entitles us to it. */
export interface Purpose {
  id: string;
  /** `opt-out`: allowed once it has been announced, until the person objects, in whatever way. */
  basis: Basis;
  channels: readonly Channel[];
  /**
   * Passes data on for money or other value, or for advertising elsewhere (CCPA 1798.140(ad), (ah)). A browser that sends
   * Global Privacy Control forbids it.
   */
  sharesData: boolean;
}

export type Basis = 'contract' | 'consent' | 'opt-out';
export type Channel = 'EMAIL' | 'ANY';

/** The registry. A purpose that is not here does not exist, whatever a message claims. */
export const PURPOSES: readonly Purpose[] = [
  { id: 'booking.service', basis: 'contract', channels: ['EMAIL'], sharesData: false },
  { id: 'booking.reminder', basis: 'consent', channels: ['EMAIL'], sharesData: false },
  { id: 'marketing.news', basis: 'consent', channels: ['EMAIL'], sharesData: false },
  // Nothing in Kept shares anything. A business that does asks `decide` first, and its clients' browsers are heard.
  { id: 'marketing.sharing', basis: 'opt-out', channels: ['ANY'], sharesData: true },
];

export function purposeOf(id: string): Purpose | undefined {
  return PURPOSES.find((purpose) => purpose.id === id);
}

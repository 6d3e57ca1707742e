/** Why something is done with a person's data, and what entitles us to it. */
export interface Purpose {
  id: string;
  basis: 'contract' | 'consent';
  channels: readonly Channel[];
}

export type Channel = 'EMAIL';

/** The registry. A purpose that is not here does not exist, whatever a message claims. */
export const PURPOSES: readonly Purpose[] = [
  { id: 'booking.service', basis: 'contract', channels: ['EMAIL'] },
  { id: 'booking.reminder', basis: 'consent', channels: ['EMAIL'] },
  { id: 'marketing.news', basis: 'consent', channels: ['EMAIL'] },
];

export function purposeOf(id: string): Purpose | undefined {
  return PURPOSES.find((purpose) => purpose.id === id);
}

import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';

/** The currency in which a business sells. */
export async function currencyOf(tx: Transaction): Promise<string> {
  const [profile] = await tx.query<{ currency: string }>('SELECT currency FROM organization_profile');
  if (profile === undefined)
    throw refused.unavailable('Your organization is still being set up. Please try again.');
  return profile.currency;
}

import type { Transaction } from '@kept/database';
import { isIn } from './judge-network.ts';
import { rulesInForce } from './read-rules.ts';

/** Whether an organization has named this network as one that its people come from. */
export async function isOwnNetwork(tx: Transaction, address: string | null): Promise<boolean> {
  const rules = await rulesInForce(tx);
  return rules.some(({ allow }) => isIn(allow, address));
}

import type { Transaction } from '@kept/database';
import type { NetworkRule } from './judge-network.ts';

export interface StoredRule extends NetworkRule {
  readonly setAt: Date;
  readonly setBy: string;
}

const COLUMNS = `id, name, mode, roles, allow::text[] AS allow, deny::text[] AS deny, allow_countries AS "allowCountries",
  deny_countries AS "denyCountries", set_at AS "setAt", set_by AS "setBy"`;

/** The rules that an organization has in force, oldest first. Outside the tenant wall, so its id stands in the question. */
export function rulesInForce(tx: Transaction): Promise<StoredRule[]> {
  return tx.query<StoredRule>(
    `SELECT ${COLUMNS} FROM network_rule WHERE organization_id = $1 AND ended_at IS NULL ORDER BY set_at, id`,
    [tx.organizationId],
  );
}

/** Whether a pass is open for this network now. */
export async function isOpenByPass(
  tx: Transaction,
  { network, now }: { network: string | undefined; now: Date },
): Promise<boolean> {
  if (network === undefined) return false;
  const open = await tx.query(
    'SELECT 1 FROM network_pass WHERE organization_id = $1 AND network = $2 AND open_until > $3 LIMIT 1',
    [tx.organizationId, network, now],
  );
  return open.length > 0;
}

/** How many codes somebody who is shut out could still use. */
export async function countUsablePasses(tx: Transaction, now: Date): Promise<number> {
  const [usable] = await tx.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM network_pass WHERE organization_id = $1 AND used_at IS NULL AND usable_until > $2',
    [tx.organizationId, now],
  );
  return usable?.count ?? 0;
}

import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';

/**
 * SQL: whether a service is offered in one of some places. Whoever waits names none, so they wait wherever it is offered, and
 * every branch that could have them may call them. `places` is the parameter with `Caller.locations`; null: everywhere.
 */
export const isOfferedAmong = (serviceId: string, places: string): string =>
  `(${places}::uuid[] IS NULL OR EXISTS (SELECT FROM service_location sl
     WHERE sl.service_id = ${serviceId} AND sl.location_id = ANY (${places})))`;

/** Who waits for what is only offered elsewhere is not there. */
export async function demandOfferedAmong(
  tx: Transaction,
  { locations }: Pick<Caller, 'locations'>,
  of: { readonly serviceId: string; readonly what: string },
): Promise<void> {
  if (locations === null) return;
  const offered = await tx.query(`SELECT 1 WHERE ${isOfferedAmong('$1', '$2')}`, [of.serviceId, locations]);
  if (offered.length === 0) throw refused.notFound(of.what);
}

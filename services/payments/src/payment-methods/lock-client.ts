import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { ProcessorCustomer } from './processor-customer.ts';

/** Enough for a household; so many cards of one person are no help to anybody else. */
export const METHODS_MAX = 20;

/**
 * The client as the processor knows them, locked until the transaction ends: whoever changes which cards they have does so
 * one after the other.
 */
export async function lockClient(
  tx: Transaction,
  { organizationId, clientId, now }: { organizationId: string; clientId: string; now: Date },
): Promise<ProcessorCustomer> {
  await tx.query(
    `INSERT INTO processor_customer (id, organization_id, client_id, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT ON CONSTRAINT one_processor_customer_per_client DO NOTHING`,
    [randomUUID(), organizationId, clientId, now],
  );
  const customer = await tx.manager.findOne(ProcessorCustomer, {
    where: { organizationId, clientId },
    lock: { mode: 'pessimistic_write' },
  });
  invariant(customer, 'it was written just now, or before');
  return customer;
}

/** Counted under the lock, with what is on its way: twenty at once do not become forty. */
export async function refuseTooManyMethods(
  tx: Transaction,
  { clientId, now }: { clientId: string; now: Date },
): Promise<void> {
  const [counted] = await tx.query<{ count: number }>(
    `SELECT (SELECT count(*) FROM payment_method WHERE client_id = $1 AND status IN ('PENDING', 'ACTIVE', 'EXPIRED'))::int
          + (SELECT count(*) FROM payment_method_collection
             WHERE client_id = $1 AND status = 'OPEN' AND expires_at > $2)::int AS count`,
    [clientId, now],
  );
  if ((counted?.count ?? 0) < METHODS_MAX) return;
  throw refused.badInput(`You have ${METHODS_MAX} payment methods already; please remove one first.`);
}

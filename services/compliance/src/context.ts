import type { KeyObject } from 'node:crypto';
import type { Database, Transaction } from '@kept/database';
import { refused, type RequestContext } from '@kept/subgraph-kit';

/** What a resolver or a use case of one request knows. */
export interface ComplianceContext extends RequestContext {
  readonly database: Database;
  /** Of the pair that signs checkpoints: what others check them with. */
  readonly publicKey: KeyObject;
}

/** One transaction in the organization that the caller asks. */
export function inOrganization<T>(
  { database, caller }: Pick<ComplianceContext, 'database' | 'caller'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  if (caller.organizationId === null)
    throw refused.badInput('Please say which organization you ask: send the header kept-organization.');
  return database.transaction(caller.organizationId, work);
}

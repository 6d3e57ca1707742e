import type { EntityManager } from 'typeorm';

/** One transaction, with the organization set for its whole length. */
export interface Transaction {
  readonly organizationId: string | null;
  /** The client's request that this is done for, as its answer carries it; null for what nobody asked for. */
  readonly requestId: string | null;
  readonly manager: EntityManager;
  /** Rows, for every kind of statement (TypeORM's own `query` answers UPDATE and DELETE with a pair). */
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** A nudge once the change is durable. It may never run (the process can die): only hints belong here. */
  afterCommit(work: () => void): void;
}

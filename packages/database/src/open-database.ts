import { setTimeout as pause } from 'node:timers/promises';
import { types } from 'pg';
import { DataSource } from 'typeorm';
import { asksForRetry, OutcomeUnknown } from './database-errors.ts';
import { reasonOf, silentLog, type DatabaseLog } from './database-log.ts';
import type { MigrationSet } from './migration-files.ts';
import { missingMigrations } from './migrate.ts';
import { NotBegun, runTransaction } from './run-transaction.ts';
import type { Transaction } from './transaction.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ATTEMPTS_MAX = 4; // the first, and three more
const ORGANIZATIONS_PER_PAGE = 500;
const DATE_OID: number = types.builtins.DATE;

/** Entity classes, listed by hand: no globs. */
export type Entities = readonly (abstract new (...parameters: never[]) => object)[];

export interface DatabaseOptions {
  url: string;
  /** Past the pooler, for LISTEN; default: the same as `url`. */
  directUrl?: string;
  entities: Entities;
  applicationName: string;
  poolMax: number;
  log?: DatabaseLog;
  /** What `ready` demands to be applied. A newer schema than ours is fine, an older one is not. */
  migrations?: readonly MigrationSet[];
  statementTimeoutMs?: number;
  commitDeadlineMs?: number;
}

/** What has happened since the start, for the metrics. */
export interface DatabaseCounters {
  transactions: number;
  retries: number;
  outcomesUnknown: number;
}

/** A service's own database. Nothing is read or written but inside one of the three kinds of transaction. */
export interface Database {
  readonly dataSource: DataSource;
  readonly directUrl: string;
  readonly counters: Readonly<DatabaseCounters>;
  /** One transaction of one organization. Serialization failures and deadlocks run the work again, at most three times. */
  transaction<T>(organizationId: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** One transaction per organization, in turn. A failure in one does not keep the others from their turn. */
  forEachOrganization(
    job: string,
    work: (tx: Transaction, organizationId: string) => Promise<void>,
  ): Promise<void>;
  /** No organization set: only tables outside the tenant wall (organization, outbox, inbox) show rows. */
  infrastructure<T>(job: string, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Throws unless the database answers and has the schema this code needs. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

// A calendar date has no time zone: pg would make it midnight on the server's clock. Everything else stays as pg does it
// (timestamptz a Date, int8 a string).
const valueParsers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID ? (text: string) => text : types.getTypeParser(oid, format),
};

function dataSourceFor(options: DatabaseOptions, log: DatabaseLog, statementTimeoutMs: number): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.entities],
    applicationName: options.applicationName,
    poolSize: options.poolMax,
    connectTimeoutMS: 10_000,
    installExtensions: false,
    logging: false,
    poolErrorHandler: (error: unknown) =>
      log.warn({ reason: reasonOf(error) }, 'An idle database connection was lost.'),
    // `query_timeout` is the driver's own; `statement_timeout` here would be sent at connect, which pgbouncer refuses.
    extra: { types: valueParsers, keepAlive: true, query_timeout: statementTimeoutMs + 5_000 },
  });
}

/** Opens the pool and checks that the server answers. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { log = silentLog, statementTimeoutMs = 30_000, commitDeadlineMs = 10_000 } = options;
  const dataSource = await dataSourceFor(options, log, statementTimeoutMs).initialize();
  const counters: DatabaseCounters = { transactions: 0, retries: 0, outcomesUnknown: 0 };
  const setting = { dataSource, statementTimeoutMs, commitDeadlineMs, log };

  async function attempt<T>(
    organizationId: string | null,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    for (let number = 1; ; number += 1) {
      try {
        counters.transactions += 1;
        return await runTransaction({ ...setting, organizationId }, work);
      } catch (error) {
        if (error instanceof OutcomeUnknown) counters.outcomesUnknown += 1;
        if (number === ATTEMPTS_MAX || !(asksForRetry(error) || error instanceof NotBegun)) throw error;
        counters.retries += 1;
        log.warn({ attempt: number, reason: reasonOf(error) }, 'A transaction is tried again.');
        await pause(Math.random() * 20 * 2 ** number); // apart from each other, or those who met will meet again
      }
    }
  }

  const database: Database = {
    dataSource,
    directUrl: options.directUrl ?? options.url,
    counters,
    transaction: async (organizationId, work) => {
      if (!UUID.test(organizationId)) throw new TypeError('A transaction needs the id of an organization.');
      return await attempt(organizationId, work);
    },
    forEachOrganization: (job, work) => walk(database, job, work),
    infrastructure: (_job, work) => attempt(null, work),
    ready: async () => {
      const missing = await database.infrastructure('ready', (tx) =>
        missingMigrations(tx, options.migrations ?? []),
      );
      if (missing.length > 0) throw new Error(`The database lacks migrations: ${missing.join(', ')}.`);
    },
    close: () => dataSource.destroy(),
  };
  return database;
}

// Page by page, each page its own short transaction: a job over many organizations must not hold one open for an hour.
async function walk(
  database: Database,
  job: string,
  work: (tx: Transaction, organizationId: string) => Promise<void>,
): Promise<void> {
  const failures: Error[] = [];
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const page = await database.infrastructure(job, (tx) =>
      tx.query<{ id: string }>('SELECT id FROM organization WHERE id > $1 ORDER BY id LIMIT $2', [
        last,
        ORGANIZATIONS_PER_PAGE,
      ]),
    );
    for (const { id } of page) {
      last = id;
      try {
        await database.transaction(id, (tx) => work(tx, id));
      } catch (cause) {
        failures.push(new Error(`${job} failed for organization ${id}.`, { cause }));
      }
    }
    if (page.length < ORGANIZATIONS_PER_PAGE) break;
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${job} failed for ${failures.length} organizations.`);
}

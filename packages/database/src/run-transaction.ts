import { currentRequest } from '@kept/request-scope';
import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { isConnectionLoss, OutcomeUnknown, RolledBack, withoutRowValues } from './database-errors.ts';
import { reasonOf, type DatabaseLog } from './database-log.ts';
import type { Transaction } from './transaction.ts';

const ROLLBACK_DEADLINE_MS = 5_000;

/** What a transaction needs to know; `organizationId` null means: nothing behind the tenant wall can be seen. */
export interface TransactionSetting {
  dataSource: DataSource;
  organizationId: string | null;
  statementTimeoutMs: number;
  commitDeadlineMs: number;
  log: DatabaseLog;
}

/** A pooled connection turned out to be dead before the work began: nothing has happened, so trying again is safe. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun';
}

// One statement for all settings, each with `true`: they end with the transaction, as a pooler demands.
const SETTINGS = `SELECT set_config('kept.organization', $1, true), set_config('statement_timeout', $2, true),
  set_config('idle_in_transaction_session_timeout', $3, true)`;

async function begin(runner: QueryRunner, setting: TransactionSetting): Promise<PoolClient> {
  const client = (await runner.connect()) as PoolClient;
  try {
    await runner.startTransaction();
    const { organizationId, statementTimeoutMs } = setting;
    const timeouts = [String(statementTimeoutOf(setting)), String(statementTimeoutMs)];
    await runner.query(SETTINGS, [organizationId ?? '', ...timeouts]);
    return client;
  } catch (error) {
    destroy(client);
    if (!isConnectionLoss(error)) throw error;
    throw new NotBegun('The database could not be reached.', { cause: withoutRowValues(error) });
  }
}

// Below this a statement could not even be refused in peace: PostgreSQL would end the next one, a ROLLBACK.
const STATEMENT_MS_MIN = 20;

/** No statement of a query runs longer than whoever asked for it waits. */
function statementTimeoutOf({ statementTimeoutMs }: TransactionSetting): number {
  const endsAt = currentRequest()?.endsAt;
  if (endsAt === undefined) return statementTimeoutMs;
  return Math.max(STATEMENT_MS_MIN, Math.min(statementTimeoutMs, Math.ceil(endsAt - performance.now())));
}

/** Ends the connection under a statement that does not answer. pg's `end` destroys the socket when a query is active. */
function destroy(client: PoolClient): void {
  void (client as unknown as { end(): Promise<void> }).end().catch(() => undefined);
}

async function withDeadline<T>(statement: Promise<T>, deadlineMs: number): Promise<T> {
  let late: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`No answer within ${deadlineMs} ms.`)), deadlineMs);
  });
  statement.catch(() => undefined); // it may fail after the deadline, when nobody listens any more
  return await Promise.race([statement, deadline]).finally(() => clearTimeout(late));
}

// `statement_timeout` does not end a COMMIT that waits for a standby, and cancelling it makes PostgreSQL report a success that
// is not replicated (measured). Hence our own deadline, and a look at the notices.
async function commit(client: PoolClient, deadlineMs: number): Promise<void> {
  let notReplicated = false;
  const look = (notice: { routine?: string | undefined }): void => {
    if (notice.routine === 'SyncRepWaitForLSN') notReplicated = true;
  };
  client.on('notice', look);
  let command: string;
  try {
    ({ command } = await withDeadline(client.query('COMMIT'), deadlineMs));
  } catch (cause) {
    if (!isConnectionLoss(cause)) throw cause; // a deferred constraint refused: certainly rolled back
    destroy(client);
    throw new OutcomeUnknown({ cause });
  } finally {
    client.off('notice', look);
  }
  if (notReplicated) throw new OutcomeUnknown({ cause: new Error('The commit did not reach a standby.') });
  if (command !== 'COMMIT') throw new RolledBack();
}

async function rollBack(client: PoolClient): Promise<void> {
  try {
    await withDeadline(client.query('ROLLBACK'), ROLLBACK_DEADLINE_MS);
  } catch {
    destroy(client); // the server rolls back what it had; the pool drops the connection
  }
}

/** One attempt: begin, work, commit or roll back, and only then the hints of `afterCommit`. */
export async function runTransaction<T>(
  setting: TransactionSetting,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const runner = setting.dataSource.createQueryRunner();
  const hints: (() => void)[] = [];
  const tx: Transaction = {
    organizationId: setting.organizationId,
    requestId: currentRequest()?.requestId ?? null,
    manager: runner.manager,
    query: async <Row>(sql: string, parameters: unknown[] = []) =>
      (await runner.query(sql, parameters, true)).records as Row[],
    afterCommit: (hint) => void hints.push(hint),
  };
  let result: T;
  try {
    const client = await begin(runner, setting);
    try {
      result = await work(tx);
    } catch (error) {
      await rollBack(client);
      throw error;
    }
    await commit(client, setting.commitDeadlineMs);
  } catch (error) {
    throw withoutRowValues(error);
  } finally {
    await runner.release();
  }
  for (const hint of hints) {
    try {
      hint();
    } catch (error) {
      setting.log.error({ reason: reasonOf(error) }, 'A hint after a commit failed; the change is saved.');
    }
  }
  return result;
}

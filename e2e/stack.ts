// The whole product for one test file: embedded PostgreSQL, mail sink, payment simulator, four services, the gateway.
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  startStack,
  type StackAccount,
  type StackOptions,
  type Stack as LocalStack,
} from '@kept/local-stack';
import { eventually } from '@kept/testing';
import pg from 'pg';
import { copyOfPreparedStack } from './prepared-stack.ts';

export const RIVERSIDE = '11111111-1111-4111-8111-111111111111';
export const CONSULTATION = 'c0000000-0000-4000-8000-000000000001';
export const FOLLOW_UP = 'c0000000-0000-4000-8000-000000000002';
export const PROVIDER = 'a0000000-0000-4000-8000-000000000001';

export const SERVICES = ['identity', 'scheduling', 'payments', 'compliance'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Clock {
  now(): Date;
  advance(by: { days?: number; minutes?: number; seconds?: number }): Promise<void>;
  moveTo(instant: Date): Promise<void>;
}

export interface Stack {
  readonly graphUrl: string;
  readonly mailboxUrl: string;
  readonly subgraphUrls: readonly string[];
  readonly webhookUrl: string;
  readonly local: LocalStack;
  readonly clock: Clock;
  account(key: string): StackAccount;
  /** A token of the kind a payment page hands to the app: the card itself went to the provider, never to us. */
  cardToken(testCard: string): Promise<string>;
  countRows(service: ServiceName, table: string): Promise<number>;
  /** Columns of a service's database in which any of these texts stands, as `table.column`. */
  findText(service: ServiceName, texts: readonly string[]): Promise<string[]>;
  logsContaining(texts: readonly string[]): string[];
  audit(...words: string[]): Promise<{ stdout: string; exitCode: number }>;
  control(...words: string[]): Promise<{ stdout: string; exitCode: number }>;
  /** Runs a statement in a service's database as the cluster's superuser, whom the tenant wall does not stop. */
  inDatabase(service: ServiceName, sql: string, parameters: unknown[]): Promise<void>;
  stop(): Promise<void>;
}

// Processes look at the clock's file five times a second; until all have, a passport could seem to be of another time.
const CLOCKS_AGREE_MS = 450;

function openMovableClock(file: string): Clock {
  let offset = 0;
  const move = async (by: number) => {
    offset += by;
    writeFileSync(file, String(offset));
    await pause(CLOCKS_AGREE_MS);
  };
  const now = () => new Date(Date.now() + offset);
  return {
    now,
    advance: ({ days = 0, minutes = 0, seconds = 0 }) =>
      move(((days * 24 * 60 + minutes) * 60 + seconds) * 1000),
    moveTo: (instant) => move(Math.max(0, instant.getTime() - now().getTime())),
  };
}

async function cardToken(simulatorUrl: string, testCard: string): Promise<string> {
  const response = await fetch(`${simulatorUrl}/v1/payment_methods`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_app', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ type: 'card', 'card[token]': testCard }),
  });
  return ((await response.json()) as { id: string }).id;
}

/** Asks a database as the cluster's superuser, whom the tenant wall does not stop. */
async function asSuperuser<Row extends pg.QueryResultRow>(
  stack: LocalStack,
  service: ServiceName,
  ask: (client: pg.Client) => Promise<Row[]>,
): Promise<Row[]> {
  const url = new URL(stack.adminUrl);
  url.pathname = new URL(stack.databases[service].appUrl).pathname;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

function findText(stack: LocalStack, service: ServiceName, texts: readonly string[]): Promise<string[]> {
  const find = async (client: pg.Client) => {
    const columns = await client.query<{ table_name: string; column_name: string }>(
      `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const found: { place: string }[] = [];
    for (const { table_name: table, column_name: column } of columns.rows) {
      const patterns = texts.map((text) => `%${text}%`);
      // bytea is looked at as bytes: ciphertext must not contain the text either.
      const { rows } = await client.query(
        `SELECT 1 FROM "${table}" WHERE encode(convert_to("${column}"::text, 'UTF8'), 'escape') LIKE ANY ($1) OR "${column}"::text LIKE ANY ($1) LIMIT 1`,
        [patterns],
      );
      if (rows.length > 0) found.push({ place: `${table}.${column}` });
    }
    return found;
  };
  return asSuperuser(stack, service, find).then((rows) => rows.map(({ place }) => place));
}

/** Starts a stack of its own for a test file, with free ports and a clock that can be moved. Takes some seconds. */
export async function openStack(
  more: Pick<StackOptions, 'redisUrl' | 'documents' | 'clientsFile'> = {},
): Promise<Stack> {
  const directory = await copyOfPreparedStack();
  const clockFile = join(directory, 'clock-offset');
  writeFileSync(clockFile, '0');
  const local = await startStack({
    directory,
    ports: 'free',
    from: 'dist',
    clockOffsetFile: clockFile,
    // Each sweep of all services costs a fifth of a second of processor time; what waits for one waits a second longer.
    sweepSeconds: 2,
    durable: false,
    sparing: false,
    ...more,
  });
  const logs = join(directory, 'log');
  return {
    graphUrl: local.graphUrl,
    mailboxUrl: local.mailUrl,
    subgraphUrls: SERVICES.map((service) => `${local.services[service]}/graphql`),
    webhookUrl: `${local.services.payments}/webhooks/stripe`,
    local,
    clock: openMovableClock(clockFile),
    account: (key) => {
      const account = local.accounts.find((candidate) => candidate.key === key);
      if (!account) throw new Error(`The demo has no account "${key}".`);
      return account;
    },
    cardToken: (testCard) => cardToken(local.simulatorUrl, testCard),
    countRows: async (service, table) => {
      const rows = await asSuperuser(local, service, async (client) => {
        return (await client.query<{ count: string }>(`SELECT count(*) FROM "${table}"`)).rows;
      });
      return Number(rows[0]?.count);
    },
    findText: (service, texts) => findText(local, service, texts),
    logsContaining: (texts) =>
      readdirSync(logs).filter((file) => {
        const content = readFileSync(join(logs, file), 'utf8');
        return texts.some((text) => content.includes(text));
      }),
    audit: (...words) => runAudit(local, words),
    control: (...words) =>
      runScript('control', words, {
        DATABASE_URL: local.databases.identity.appUrl,
        KEPT_CLOCK_OFFSET_FILE: clockFile,
      }),
    inDatabase: async (service, sql, parameters) => {
      await asSuperuser(local, service, async (client) => (await client.query(sql, parameters)).rows);
    },
    stop: async () => {
      await local.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

let shared: Promise<Stack> | undefined;
/** A stack for stories that mind nobody else's bookings and no later hour: run together, they all get the same one. */
export async function openSharedStack(): Promise<Stack> {
  if (process.env['KEPT_TESTS_TOGETHER'] !== '1') return openStack();
  shared ??= openStack();
  return { ...(await shared), stop: () => Promise.resolve() };
}

/**
 * After the last of them.
 * @public called by the file that runs them together (scripts/tests-together.mjs)
 */
export const stopSharedStack = async (): Promise<void> => (await shared)?.stop();

/** `npm run audit`, against this stack instead of the one in `.kept`. */
function runAudit(
  stack: LocalStack,
  words: readonly string[],
): Promise<{ stdout: string; exitCode: number }> {
  const secrets = JSON.parse(readFileSync(join(stack.directory, 'secrets.json'), 'utf8')) as {
    services: { compliance: { publicKey: string } };
  };
  return runScript('audit', words, {
    DATABASE_URL: stack.databases.compliance.appUrl,
    KEPT_TRUSTED_KEYS: JSON.stringify({ compliance: secrets.services.compliance.publicKey }),
  });
}

/** One of `npm run`'s commands, with settings of its own. */
function runScript(
  name: string,
  words: readonly string[],
  settings: Record<string, string>,
): Promise<{ stdout: string; exitCode: number }> {
  const root = join(import.meta.dirname, '..');
  const env = { ...process.env, ...settings };
  const command = ['--import', 'tsx', '--conditions=source', `scripts/${name}.ts`, ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ stdout: stdout + stderr, exitCode: error ? 1 : 0 }),
    );
  });
}

// Every look is a question to five processes, which have better to do than to answer forty times a second.
const LOOK_EVERY_MS = 150;

/** Repeats expectations until they hold. */
export function settles(check: () => Promise<unknown>, withinMs = 90_000): Promise<true> {
  return eventually(
    async () => {
      await check();
      return true as const;
    },
    { withinMs, everyMs: LOOK_EVERY_MS },
  );
}

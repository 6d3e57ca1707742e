import { parseArgs } from 'node:util';
import type { Database } from '@kept/database';
import { Fault, type Clock } from '@kept/subgraph-kit';
import { rotateCredentials } from '../keys/rotate-credentials.ts';
import {
  ISOLATED_SERVICES,
  isolate,
  listIsolations,
  release,
  type Isolation,
  type IsolationAuthor,
  type IsolationTarget,
} from './isolation.ts';

export interface ControlCommandParts {
  readonly database: Database;
  readonly clock: Clock;
  /** The operator's name on this machine; stands in the history. */
  readonly operator: string;
  readonly print: (line: string) => void;
}

const DEFAULT_MINUTES = '1440';
const USAGE = `How to use it:
  control isolate organization ID --reason "…" [--minutes N]   all callers of one organization are refused
  control isolate actor ID --reason "…" [--minutes N]          one account is refused, on every device
  control isolate service NAME --reason "…" [--minutes N]      the fields of one service are not answered
  control release organization|actor|service ID                ends it
  control list                                                 what is isolated now
  control rotate organization ID --reason "…" [--minutes N]    everybody chooses another password, sessions and devices
                                                               end, programs get new keys; old ones are good for N minutes
N is 1 to 43200 (30 days); a day when not said. Gateways follow within two seconds.`;

/** Runs one command; answers the exit code: 0 done, 1 refused, 2 not understood. */
export async function runControlCommand(
  argv: readonly string[],
  parts: ControlCommandParts,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { reason: { type: 'string' }, minutes: { type: 'string', default: DEFAULT_MINUTES } },
  });
  const [command, kind, id, ...rest] = positionals;
  if (command === 'list' && kind === undefined) return list(parts);
  if (command === 'rotate' && kind === 'organization' && id !== undefined && rest.length === 0)
    return rotate(parts, id.toLowerCase(), { reason: values.reason ?? '', minutes: Number(values.minutes) });
  if ((command !== 'isolate' && command !== 'release') || id === undefined || rest.length > 0) {
    parts.print(USAGE);
    return 2;
  }
  try {
    const target = await findTarget(parts.database, kind ?? '', id.toLowerCase());
    if (command === 'release') return await end(parts, target);
    return await begin(parts, target, { reason: values.reason ?? '', minutes: Number(values.minutes) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    parts.print(error.message);
    return 1;
  }
}

async function begin(
  parts: ControlCommandParts,
  target: IsolationTarget,
  order: { reason: string; minutes: number },
): Promise<number> {
  const isolation = await inTarget(parts, target, (tx) =>
    isolate(tx, { ...order, target, by: authorOf(parts), now: parts.clock() }),
  );
  parts.print(`isolated: ${lineOf(isolation)}`);
  return 0;
}

async function end(parts: ControlCommandParts, target: IsolationTarget): Promise<number> {
  const count = await inTarget(parts, target, (tx) =>
    release(tx, { target, by: authorOf(parts), now: parts.clock() }),
  );
  const name = `${target.kind.toLowerCase()} ${target.id}`;
  parts.print(count === 0 ? `${name} is not isolated.` : `released: ${name}`);
  return count === 0 ? 1 : 0;
}

/** Replaces everybody's credentials (AUT-10); the new keys of programs are printed here, this once. */
async function rotate(
  { database, clock, print }: ControlCommandParts,
  id: string,
  { reason, minutes }: { reason: string; minutes: number },
): Promise<number> {
  const organizationId = UUID.test(id) ? await organizationOf(database, 'organization', id) : undefined;
  if (organizationId === undefined || reason.trim().length < 10 || !(minutes >= 0 && minutes <= 10_080)) {
    print('Name an organization that exists, a reason of ten characters at least, and 0 to 10080 minutes.');
    return 1;
  }
  const order = {
    scope: 'EVERYBODY',
    accountIds: [],
    overlapMinutes: minutes,
    reason: reason.trim(),
  } as const;
  const by = { kind: 'SERVICE', accountId: null, requestId: 'control-command' } as const;
  const done = await database.transaction(organizationId, (tx) =>
    rotateCredentials(tx, { ...order, by, now: clock() }),
  );
  print(`passwords to change: ${done.passwords}, sessions ended: ${done.sessionsEnded}`);
  for (const { key, secret } of done.serviceKeys) print(`new key of ${key.accountId}: ${secret}`);
  return 0;
}

async function list({ database, clock, print }: ControlCommandParts): Promise<number> {
  const isolations = await database.infrastructure('control list', (tx) =>
    listIsolations(tx, { now: clock() }),
  );
  for (const isolation of isolations) print(lineOf(isolation));
  if (isolations.length === 0) print('Nothing is isolated.');
  return 0;
}

const lineOf = ({ kind, target, until, byKind, by, reason }: Isolation): string =>
  `${kind.toLowerCase()} ${target} until ${until.toISOString()}, by ${byKind.toLowerCase()} ${by}: ${reason}`;

// The audit log knows operators by the name they have on the machine, as far as it is a plain word.
const authorOf = ({ operator }: ControlCommandParts): IsolationAuthor => ({
  kind: 'OPERATOR',
  id: operator.replaceAll(/[^A-Za-z0-9_.-]/g, '-').slice(0, 64) || 'unknown',
  caller: { kind: 'SERVICE', accountId: null, requestId: 'control-command' },
});

/** In the organization's own transaction where there is one, so that its audit log is written too. */
function inTarget<T>(
  { database }: ControlCommandParts,
  { organizationId }: IsolationTarget,
  work: Parameters<typeof database.transaction<T>>[1],
): Promise<T> {
  return organizationId === null
    ? database.infrastructure('control', work)
    : database.transaction(organizationId, work);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function findTarget(database: Database, kind: string, id: string): Promise<IsolationTarget> {
  if (kind === 'service') {
    if (!ISOLATED_SERVICES.some((name) => name === id)) {
      throw new Fault('NOT_FOUND', `There is no service "${id}": ${ISOLATED_SERVICES.join(', ')}.`);
    }
    return { kind: 'SERVICE', id, organizationId: null };
  }
  if (kind !== 'organization' && kind !== 'actor') {
    throw new Fault('BAD_INPUT', 'Say organization, actor or service.');
  }
  const organizationId = UUID.test(id) ? await organizationOf(database, kind, id) : undefined;
  if (organizationId === undefined) throw new Fault('NOT_FOUND', `There is no ${kind} with the id ${id}.`);
  return { kind: kind === 'actor' ? 'ACTOR' : 'ORGANIZATION', id, organizationId };
}

// Accounts stand behind the tenant wall, so every organization is asked whether it is theirs.
async function organizationOf(
  database: Database,
  kind: 'organization' | 'actor',
  id: string,
): Promise<string | undefined> {
  let found: string | undefined;
  if (kind === 'organization') {
    const [row] = await database.infrastructure('control', (tx) =>
      tx.query<{ id: string }>('SELECT id FROM organization WHERE id = $1', [id]),
    );
    return row?.id;
  }
  await database.forEachOrganization('control', async (tx, organizationId) => {
    const [account] = await tx.query('SELECT 1 FROM account WHERE id = $1', [id]);
    if (account) found = organizationId;
  });
  return found;
}

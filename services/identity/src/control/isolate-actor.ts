import { may, type Ability } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { Fault, refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { countOwnIsolations, isolate, listIsolations, release, type Isolation } from './isolation.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIGN_IN_MAX_AGE_SECONDS = 15 * 60;
const LISTED_MAX = 100;
// Gateways are told of everybody's in one line: no organization may make it one that cannot be read.
const IN_FORCE_MAX = 1_000;

interface Request {
  readonly caller: Caller;
  readonly ability: Ability;
}

/** Keeps a person of the caller's own organization out of the graph, at once and on every device. */
export async function isolateActor(
  identity: Identity,
  { caller, ability }: Request,
  input: { accountId: string; reason: string; minutes: number },
): Promise<Isolation> {
  return inSteppedUpSession(identity, caller, async (tx, { now, by, target }) => {
    const account = await requireAccount(tx, input.accountId);
    if (!may(ability, 'isolate', 'Account', account)) {
      throw refused.badInput('You cannot isolate yourself; sign out instead.', { field: 'accountId' });
    }
    const { reason, minutes } = input;
    if ((await countOwnIsolations(tx, { organizationId: organizationOf(caller), now })) >= IN_FORCE_MAX) {
      throw new Fault(
        'LIMIT_EXCEEDED',
        `At most ${IN_FORCE_MAX} people are isolated at a time. Release somebody first.`,
      );
    }
    return isolate(tx, { target: target(account.id), reason, minutes, by, now });
  });
}

/** Lets somebody in again whom COMPLIANCE has isolated. */
export async function releaseActor(
  identity: Identity,
  { caller, ability }: Request,
  accountId: string,
): Promise<{ accountId: string; releasedAt: Date }> {
  return inSteppedUpSession(identity, caller, async (tx, { now, by, target }) => {
    const account = await requireAccount(tx, accountId);
    if (!may(ability, 'release', 'Account', account)) throw refused.forbidden();
    const released = await release(tx, { target: target(account.id), by, now });
    if (released === 0) throw refused.notFound('isolation by your organization');
    return { accountId: account.id, releasedAt: now };
  });
}

/** Who is kept out of the caller's organization now. */
export async function isolatedActors(
  { database, clock }: Pick<Identity, 'database' | 'clock'>,
  organizationId: string,
): Promise<Isolation[]> {
  const only = { kind: 'ACTOR', organizationId } as const;
  const all = await database.transaction(organizationId, (tx) => listIsolations(tx, { now: clock(), only }));
  return all.slice(0, LISTED_MAX);
}

function inSteppedUpSession<T>(
  { database, clock }: Identity,
  caller: Caller,
  work: (
    tx: Transaction,
    order: {
      now: Date;
      by: { kind: 'ACCOUNT'; id: string; caller: Caller };
      target: (id: string) => { kind: 'ACTOR'; id: string; organizationId: string };
    },
  ) => Promise<T>,
): Promise<T> {
  const organizationId = organizationOf(caller);
  return database.transaction(organizationId, async (tx) => {
    const now = clock();
    const session = await requireLiveSession(tx, caller, now);
    requireRecentSecondFactor(caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
    const target = (id: string) => ({ kind: 'ACTOR', id, organizationId }) as const;
    return work(tx, { now, by: { kind: 'ACCOUNT', id: session.accountId, caller }, target });
  });
}

async function requireAccount(tx: Transaction, id: string): Promise<{ id: string }> {
  const known = UUID.test(id.toLowerCase());
  const [account] = known ? await tx.query<{ id: string }>('SELECT id FROM account WHERE id = $1', [id]) : [];
  if (!account) throw refused.notFound('account');
  return account;
}

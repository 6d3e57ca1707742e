import type { Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';

const STEP_UP_SECONDS = 15 * 60;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who changes something about people, and when. */
export interface Responsible {
  readonly caller: Caller;
  readonly accountId: string;
  /** Those they have for good: with a role of a few hours nobody gives others one that stays. */
  readonly roles: readonly Role[];
  readonly now: Date;
}

/** Runs a change about people in one transaction, for whoever has one of the roles and proved a moment ago who they are. */
export function inSteppedUpSession<Result>(
  identity: Pick<Identity, 'database' | 'clock'>,
  { caller, of }: { caller: Caller; of: readonly Role[] },
  work: (tx: Transaction, by: Responsible) => Promise<Result>,
): Promise<Result> {
  const now = identity.clock();
  if (caller.kind !== 'STAFF' || !caller.roles.some((role) => of.includes(role))) throw refused.forbidden();
  requireRecentSecondFactor(caller, { now, maxAgeSeconds: STEP_UP_SECONDS });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, now);
    const [account] = await tx.query<{ roles: Role[] }>(
      "SELECT roles FROM account WHERE id = $1 AND state = 'ACTIVE'",
      [accountId],
    );
    const roles = (account?.roles ?? []).filter((role) => caller.roles.includes(role));
    if (!roles.some((role) => of.includes(role))) throw refused.forbidden();
    return work(tx, { caller, accountId, roles, now });
  });
}

/** An id as it was sent, or the refusal that there is no such thing. */
export function readId(id: string, what: string): string {
  const text = id.toLowerCase();
  if (!UUID.test(text)) throw refused.notFound(what);
  return text;
}

/** A reason as it is stored: 10 to 1000 characters. */
export function readReason(reason: string): string {
  const text = reason.trim();
  if (text.length < 10 || text.length > 1_000)
    throw refused.badInput('Say in 10 to 1000 characters why.', { field: 'reason' });
  return text;
}

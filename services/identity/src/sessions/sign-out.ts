import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { endSessions } from './end-session.ts';

/** Ends the session the request was made in. Doing it twice is no mistake: the first time counts. */
export function signOut(identity: Identity, caller: Caller): Promise<{ endedAt: Date }> {
  const { sessionId } = caller;
  if (sessionId === null) throw refused.unauthenticated();
  return end(identity, caller, { sessionId });
}

/** Ends every session of whoever asks, this one included: for a telephone that was lost, or a screen left open somewhere. */
export function signOutEverywhere(identity: Identity, caller: Caller): Promise<{ endedAt: Date }> {
  if (caller.sessionId === null) throw refused.unauthenticated();
  return end(identity, caller, {});
}

function end(identity: Identity, caller: Caller, which: { sessionId?: string }): Promise<{ endedAt: Date }> {
  const { accountId } = caller;
  if (accountId === null) throw refused.unauthenticated();
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    await endSessions(tx, { identity, accountId, ...which, reason: 'SIGNED_OUT', caller, now });
    return { endedAt: now };
  });
}

import { audiencesOf, type Audience } from '@kept/access-policy';
import type { Caller } from '@kept/passport';

/** Who asks one operation, of which audiences. */
export interface Asking {
  readonly caller: Caller;
  readonly audiences: readonly Audience[];
}

/**
 * The caller of one operation and their audiences at this moment. Emergency access counts for a query while it lasts; for
 * a mutation it leaves the caller, and so every passport that is signed for it. Ask again each time a query is repeated.
 */
export function askingOf(caller: Caller, kind: 'query' | 'mutation', now: Date): Asking {
  if (kind === 'query') return { caller, audiences: audiencesOf(caller, now) };
  const asked = caller.emergencyUntil === null ? caller : { ...caller, emergencyUntil: null };
  return { caller: asked, audiences: audiencesOf(asked) };
}

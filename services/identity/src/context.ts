import { Fault, openBatchLoader, type RequestContext } from '@kept/subgraph-kit';
import { readPeople, type Person } from './accounts/read-people.ts';
import type { Identity } from './identity.ts';

/** What resolvers of one request share. */
export interface IdentityContext extends RequestContext {
  readonly identity: Identity;
  /** One person at a time; all that are asked for in one moment cost one query. */
  readonly person: (id: string) => Promise<Person | undefined>;
  /** Called by every field that checks a password or a code. */
  readonly countAuthentication: () => void;
}

/** Opens the context of one request. */
export function openContext(identity: Identity, request: RequestContext): IdentityContext {
  const { organizationId } = request.caller;
  let authentications = 0;
  return {
    ...request,
    identity,
    person: openBatchLoader<string, Person>(
      (id) => id,
      async (ids) => (organizationId === null ? new Map() : readPeople(identity, organizationId, ids)),
    ),
    // A hundred aliases of one mutation would be a hundred guesses for the price of a request (A06).
    countAuthentication: () => {
      authentications += 1;
      if (authentications > 1) throw new Fault('LIMIT_EXCEEDED', 'Sign in with one step per operation.');
    },
  };
}

import type { Hints } from '@kept/database';
import { PASSPORT_HEADER, openPassportVerifier, type PassportKey } from '@kept/passport';
import { json, type Logger, type Route } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import { controlFeed } from './control-feed.ts';

/** Where gateways hear of what is withdrawn; on identity's own port, which clients do not reach. */
export const FEED_PATH = '/control/feed';

/** What the passport must name as its operation: one for another private route opens nothing here. */
const OPERATION = 'control-feed';
const NOTHING = Buffer.alloc(0);

/** The control feed over HTTP, for callers of kind SERVICE with a passport for this request; 401 for everybody else. */
export function feedRoute(
  identity: Identity,
  options: { passportKeys: readonly PassportKey[]; hints: Hints; log: Logger },
): Route {
  const verifier = openPassportVerifier({
    service: 'identity',
    keys: options.passportKeys,
    clock: identity.clock,
  });
  const isGateway = (passport: string | string[] | undefined): boolean => {
    try {
      const header = typeof passport === 'string' ? passport : undefined;
      const { kind, accountId, operationName } = verifier.verify(header, NOTHING);
      // Programs of a business are SERVICE too, and have an account; the gateway has none.
      return kind === 'SERVICE' && accountId === null && operationName === OPERATION;
    } catch (error) {
      options.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'passport refused');
      return false;
    }
  };
  return {
    method: 'GET',
    path: FEED_PATH,
    handle: ({ headers }) =>
      isGateway(headers[PASSPORT_HEADER])
        ? {
            status: 200,
            headers: { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' },
            lines: (signal) => controlFeed(identity, options.hints, signal),
          }
        : json(401, { error: 'This service answers its gateway only.' }),
  };
}

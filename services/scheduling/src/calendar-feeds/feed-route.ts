import { openPassportVerifier, PASSPORT_HEADER, type PassportKey } from '@kept/passport';
import { json, type Route } from '@kept/subgraph-kit';
import { z } from 'zod';
import type { Scheduling } from '../scheduling.ts';
import { readFeed } from './read-feed.ts';

/** What a passport for this route names as its operation: one made for the graph opens nothing here. */
const FEED_OPERATION = 'calendar-feed';
const asked = z.strictObject({ token: z.string().max(100) });

/**
 * `POST /calendar-feed {"token"}`: gateways alone (passport of kind SERVICE, over this very body). The secret is in the body,
 * so it stands in no line of any log on the way. 404 for every token that opens nothing.
 */
export function feedRoute(scheduling: Scheduling, passportKeys: readonly PassportKey[]): Route {
  const { clock, log } = scheduling;
  const verifier = openPassportVerifier({ service: 'scheduling', keys: passportKeys, clock });
  return {
    method: 'POST',
    path: '/calendar-feed',
    async handle({ headers, body }) {
      const header = headers[PASSPORT_HEADER];
      try {
        const caller = verifier.verify(typeof header === 'string' ? header : undefined, body);
        // Programs of a business are SERVICE too, and have an account; the gateway has none.
        if (caller.kind !== 'SERVICE' || caller.accountId !== null || caller.operationName !== FEED_OPERATION)
          return json(403, { error: 'This is for gateways.' });
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'passport refused');
        return json(401, { error: 'This service answers its gateway only.' });
      }
      const read = asked.safeParse(jsonOf(body));
      const feed = read.success ? await readFeed(scheduling, read.data.token) : null;
      return feed === null ? json(404, { error: 'There is no such calendar.' }) : json(200, feed);
    },
  };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

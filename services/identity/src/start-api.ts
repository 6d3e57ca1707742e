import { join } from 'node:path';
import { openHints } from '@kept/database';
import { decryptionFigure } from '@kept/field-encryption';
import type { PassportKey } from '@kept/passport';
import { json, readSdl, startSubgraph, type Logger, type TlsFiles } from '@kept/subgraph-kit';
import { accountRelations } from './accounts/account.policy.ts';
import { CONTROL_CHANNEL } from './control/control-feed.ts';
import { feedRoute } from './control/feed-route.ts';
import { isolationVerbs } from './control/isolation.policy.ts';
import { openContext, type IdentityContext } from './context.ts';
import { emergencyAccessVerbs } from './emergency-access/emergency-access.policy.ts';
import type { Identity } from './identity.ts';
import { passwordVerbs } from './password-change/password.policy.ts';
import { WITHIN_PLACES } from './people/places-of-people.ts';
import { resolvers } from './resolvers.ts';
import { sessionVerbs } from './sessions/session.policy.ts';

/** Serves the subgraph, the public keys of access tokens for everybody who checks them, and the control feed for gateways. */
export async function startApi(
  identity: Identity,
  options: {
    host: string;
    port: number;
    tls?: TlsFiles | undefined;
    passportKeys: readonly PassportKey[];
    metricsToken?: string | undefined;
    log: Logger;
  },
): Promise<{ url: string; stop(): Promise<void> }> {
  const answer = json(200, identity.tokens.keys);
  // A new key is shown long before it signs, so five minutes of caching can do no harm.
  const keys = { ...answer, headers: { ...answer.headers, 'cache-control': 'public, max-age=300' } };
  const hints = openHints({
    url: identity.database.directUrl,
    channel: CONTROL_CHANNEL,
    log: options.log,
  });
  const api = await startSubgraph<IdentityContext>({
    ...options,
    service: 'identity',
    typeDefs: readSdl(join(import.meta.dirname, '../src')),
    resolvers,
    relations: accountRelations,
    withinPlaces: WITHIN_PLACES,
    context: (request) => openContext(identity, request),
    ready: () => identity.database.ready(),
    verbs: (caller, can) => {
      emergencyAccessVerbs(caller, can);
      isolationVerbs(caller, can);
      sessionVerbs(caller, can);
      passwordVerbs(caller, can);
    },
    routes: [
      { method: 'GET', path: '/.well-known/jwks.json', handle: () => keys },
      feedRoute(identity, { ...options, hints }),
    ],
    clock: identity.clock,
    figures: [
      decryptionFigure(identity.keyring),
      {
        name: 'kept_breached_lookup_failures_total',
        help: 'Passwords that could not be looked up among stolen ones and were taken without.',
        value: () => identity.breached.failures(),
      },
    ],
  });
  return {
    url: api.url,
    stop: async () => {
      await api.stop();
      await hints.stop();
    },
  };
}

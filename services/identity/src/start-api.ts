import { join } from 'node:path';
import type { PassportKey } from '@kept/passport';
import { json, readSdl, startSubgraph, type Logger, type TlsFiles } from '@kept/subgraph-kit';
import { accountRelations } from './accounts/account.policy.ts';
import { openContext, type IdentityContext } from './context.ts';
import type { Identity } from './identity.ts';
import { resolvers } from './resolvers.ts';

/** Serves the subgraph, and the public keys of access tokens for everybody who has to check them. */
export function startApi(
  identity: Identity,
  options: {
    host: string;
    port: number;
    tls?: TlsFiles | undefined;
    passportKeys: readonly PassportKey[];
    log: Logger;
  },
): Promise<{ url: string; stop(): Promise<void> }> {
  const answer = json(200, identity.tokens.keys);
  // A new key is shown long before it signs, so five minutes of caching can do no harm.
  const keys = { ...answer, headers: { ...answer.headers, 'cache-control': 'public, max-age=300' } };
  return startSubgraph<IdentityContext>({
    ...options,
    service: 'identity',
    typeDefs: readSdl(join(import.meta.dirname, '../src')),
    resolvers,
    relations: accountRelations,
    context: (request) => openContext(identity, request),
    ready: () => identity.database.ready(),
    routes: [{ method: 'GET', path: '/.well-known/jwks.json', handle: () => keys }],
    clock: identity.clock,
  });
}

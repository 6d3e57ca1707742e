import type { PassportKey } from '@kept/passport';
import type { Clock, Lifetime, Logger } from '@kept/subgraph-kit';
import { parse } from 'graphql';
import { openKeySet } from './authenticate/key-set.ts';
import { openTokenReader } from './authenticate/access-token.ts';
import { developmentPages } from './edge/development-pages.ts';
import { healthPages } from './edge/health-pages.ts';
import { openEdge, routesOf } from './edge/open-edge.ts';
import { openPassportSource, type PassportSource } from './fetch/passport-source.ts';
import { mutationsOf } from './limits/authentication-mutations.ts';
import { openGraph } from './open-graph.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly supergraphSdl: string;
  readonly subgraphs: Readonly<Record<string, { readonly url: string; readonly key: PassportKey }>>;
  readonly jwksUrl: string;
  readonly tokenIssuer: string;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: number;
  /** GraphiQL and introspection; with the organization that the page asks by default. */
  readonly developmentPages: false | { readonly organizationId: string | undefined };
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens the gateway; everything it opened is closed by `lifetime`, the listening socket first. */
export async function startGateway(
  options: GatewayOptions,
  lifetime: Lifetime,
): Promise<{ url: string; routes: string[] }> {
  const { supergraphSdl, clock, log } = options;
  const sources = openSources(options, lifetime);
  const keys = openKeySet({ url: options.jwksUrl, clock, log });
  lifetime.onStop('key set', () => keys.stop());
  const introspection = options.developmentPages !== false;
  const sourceOf = (name: string) => {
    const source = sources.get(name);
    if (!source) throw new Error(`The supergraph names a subgraph "${name}", for which there is no address.`);
    return source;
  };
  const graph = await openGraph({ supergraphSdl, sourceOf, introspection, log });
  lifetime.onStop('graph', () => graph.server.stop());
  let stopping = false;
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const edge = {
    host: options.host,
    port: options.port,
    allowedOrigins: options.allowedOrigins,
    log,
    desk: {
      graph,
      tokens: openTokenReader({ keys, issuer: options.tokenIssuer, clock }),
      limits: { authenticationMutations: mutationsOf(supergraph, 'identity'), introspection },
      trustedProxies: options.trustedProxies,
      log,
    },
    pages: [
      ...healthPages(() => !stopping),
      ...(options.developmentPages ? developmentPages(options.developmentPages) : []),
    ],
  };
  const { url, stop } = await openEdge(edge);
  lifetime.onStop('edge', stop);
  // The first thing to happen at a stop: whoever balances load sees it and sends nobody new.
  lifetime.onStop('readiness', () => void (stopping = true));
  log.info({ url, policyVersion: graph.policyVersion }, 'serving');
  return { url, routes: routesOf(edge) };
}

function openSources({ subgraphs, clock }: GatewayOptions, lifetime: Lifetime): Map<string, PassportSource> {
  return new Map(
    Object.entries(subgraphs).map(([service, address]) => {
      const source = openPassportSource({ service, ...address }, clock);
      lifetime.onStop(`connections to ${service}`, source.stop);
      return [service, source];
    }),
  );
}

import type { PassportKey } from '@kept/passport';
import type { Clock, Lifetime, Logger, TlsFiles } from '@kept/subgraph-kit';
import { openAccessRecords, type AccessRecords } from './access-records/open-access-records.ts';
import { ALERT_ONLY, type DownloadLimits } from './access-records/settings.ts';
import { watchAccessRecords } from './access-records/watch-access-records.ts';
import { openKeySet } from './authenticate/key-set.ts';
import { calendarPages } from './calendar-feeds/calendar-page.ts';
import { openTokenReader } from './authenticate/access-token.ts';
import type { OnDenied } from './authorize/denials.ts';
import type { AuthorizationMode } from './authorize/settings.ts';
import type { ExecutorName } from './compiled/settings.ts';
import { changePasswordPages } from './change-password/change-password-page.ts';
import { openControl } from './control/open-control.ts';
import { openPrivacySignals } from './clients/forward-privacy-signal.ts';
import { globalPrivacyControlPage } from './clients/global-privacy-control.ts';
import { openClientsOf, type Clients } from './clients/open-clients.ts';
import { openDocumentsDesk, type DocumentOptions } from './documents/open-documents-desk.ts';
import { developmentPages } from './edge/development-pages.ts';
import { healthPages } from './edge/health-pages.ts';
import { openProofs } from './dpop/open-proofs.ts';
import { openEdge, routesOf } from './edge/open-edge.ts';
import { redirectPlain } from './edge/redirect-plain.ts';
import { openLive } from './live/open-live.ts';
import { LIVE, type LiveSettings } from './live/settings.ts';
import { watchLive } from './live/watch-live.ts';
import { openSubgraphs, type Subgraphs } from './fetch/open-subgraphs.ts';
import { openLimits, type LimitOptions } from './limits/open-limits.ts';
import { watchLimits } from './limits/watch-limits.ts';
import { limitsWith } from './limits/settings.ts';
import type { FetchLimits } from './fetch/subgraph-line.ts';
import { openSubgraphStates } from './fetch/subgraph-states.ts';
import { openGraph } from './open-graph.ts';
import { openTelemetry, type Telemetry, type TelemetryOptions } from './telemetry/open-telemetry.ts';
import { openReloadingGraph } from './reload/reloading-graph.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  /** With a certificate: an unencrypted port that only says where to go. */
  readonly plainPort?: number | undefined;
  readonly supergraphSdl: string;
  /** Where it came from: looked at for changes, which are taken up without a restart. Left out, it stays what it is. */
  readonly supergraphFile?: string | undefined;
  readonly reloadEveryMs?: number;
  readonly subgraphs: Readonly<Record<string, { readonly url: string; readonly key: PassportKey }>>;
  readonly jwksUrl: string;
  readonly tokenIssuer: string;
  /** Where apps send operations, as they write it; under the issuer when left out. Proofs name it (RFC 9449). */
  readonly graphqlUrl?: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: number;
  /** The page of an app on which a password is changed; `/.well-known/change-password` leads there. */
  readonly changePasswordUrl?: string | undefined;
  /** GraphiQL and introspection; with the organization that the page asks by default. */
  readonly developmentPages: false | { readonly organizationId: string | undefined };
  /** Which documents are answered; any when left out. */
  readonly documents?: DocumentOptions;
  /** Which apps there are; when left out every app is the built-in one. */
  readonly clients?: Clients;
  readonly fetchLimits?: FetchLimits;
  /** How much may be asked, and from where; the defaults when left out. */
  readonly limits?: Omit<LimitOptions, 'log'>;
  /** `compiled` when left out. */
  readonly executor?: ExecutorName;
  /** `enforce` when left out. */
  readonly authorization?: AuthorizationMode;
  /** Hears of everything that is withheld from a caller. */
  readonly onDenied?: OnDenied;
  /** What happens to somebody who reads very much; left out, compliance tells people and nobody is stopped. */
  readonly downloadLimits?: DownloadLimits;
  /** How long access records wait for others before they are sent; a second when left out. */
  readonly accessRecordsEveryMs?: number;
  /** How many live queries there may be; the defaults when left out. */
  readonly live?: LiveSettings;
  /** Who may read figures, and where traces go; nobody and nowhere when left out. */
  readonly telemetry?: Omit<TelemetryOptions, 'executor'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens the gateway; everything it opened is closed by `lifetime`, the listening socket first. */
export async function startGateway(
  options: GatewayOptions,
  lifetime: Lifetime,
): Promise<{ url: string; routes: string[]; reload(): Promise<unknown> }> {
  const { subgraphs, clock, log } = options;
  const control = openControl({ identity: identityOf(subgraphs), clock, log });
  lifetime.onStop('control feed', () => control.stop());
  const isIsolated = control.isServiceIsolated;
  const executor = options.executor ?? 'compiled';
  const { lines, telemetry } = openAsking({ ...options, executor, isIsolated }, lifetime);
  telemetry.watchControl(control);
  const keys = openKeySet({ url: options.jwksUrl, clock, log });
  lifetime.onStop('key set', () => keys.stop());
  const tokens = openTokenReader({ keys, issuer: options.tokenIssuer, clock });
  control.onEnded((sessionIds) => tokens.forget(sessionIds));
  const accessRecords = recordsOf(options, lifetime);
  if (accessRecords) watchAccessRecords(accessRecords, telemetry.registry);
  const graphs = await openGraphs(options, { executor, lines, telemetry, accessRecords });
  lifetime.onStop('graph', () => graphs.stop());
  const operations = () => graphs.current().operations;
  const documents = await openDocumentsDesk(options.documents, { operations, clock, log }, lifetime);
  const { live: settings = LIVE } = options;
  const live = openLive({ scheduling: subgraphs['scheduling'], settings, clock, log });
  control.onEnded((sessionIds) => live.ended(sessionIds));
  watchLive(live, telemetry.registry);
  const refused = watchLimits(telemetry.registry);
  const organizations = () => control.networks();
  const counted = { settings: limitsWith(), refused, ...options.limits, organizations, clock, log };
  const limits = await openLimits(counted, lifetime);
  let stopping = false;
  const edge = {
    host: options.host,
    port: options.port,
    tls: options.tls,
    allowedOrigins: options.allowedOrigins,
    log,
    live,
    desk: {
      get graph() {
        return graphs.current();
      },
      clients: options.clients ?? openClientsOf({}, { clock, log }),
      forwardPrivacySignal: subgraphs['compliance'] ? openPrivacySignals(lines.fetch) : () => undefined,
      ...documents,
      tokens,
      control,
      trustedProxies: options.trustedProxies,
      allowedOrigins: options.allowedOrigins,
      limits,
      proofs: proofsOf(options, limits),
      accessRecords,
      telemetry,
      clock,
      log,
    },
    pages: [
      ...healthPages(() => !stopping, openSubgraphStates({ ...lines, log })),
      ...calendarPages({ ...options, scheduling: subgraphs['scheduling'], limits, control, accessRecords }),
      ...telemetry.pages,
      ...fixedPages(options),
    ],
  };
  const { url, stop } = await openEdge(edge);
  lifetime.onStop('edge', stop);
  // Streams would hold up the edge: they are told to connect again, before it stops to listen.
  lifetime.onStop('live queries', () => live.stop());
  await openRedirects(options, url, lifetime);
  // The first thing to happen at a stop: whoever balances load sees it and sends nobody new.
  lifetime.onStop('readiness', () => void (stopping = true));
  log.info({ url, policyVersion: graphs.current().policyVersion }, 'serving');
  return { url, routes: routesOf(edge), reload: graphs.reload };
}

/** What is the same for everybody who asks. */
const fixedPages = ({ changePasswordUrl, developmentPages: forDevelopment }: GatewayOptions) => [
  globalPrivacyControlPage,
  ...changePasswordPages(changePasswordUrl),
  ...(forDevelopment ? developmentPages(forDevelopment) : []),
];

/** Reads proofs of keys; each counts once, on all gateways together where the limits have one place. */
const proofsOf = (options: GatewayOptions, { firstUse }: Awaited<ReturnType<typeof openLimits>>) =>
  openProofs({
    url: options.graphqlUrl ?? new URL('/graphql', options.tokenIssuer).href,
    secret: identityOf(options.subgraphs).key.secret,
    firstUse,
    clock: options.clock,
  });

interface Parts {
  readonly executor: ExecutorName;
  readonly lines: Subgraphs;
  readonly telemetry: Telemetry;
  readonly accessRecords: AccessRecords | undefined;
}

/** The graph of now, and of each new supergraph as it comes. */
const openGraphs = (options: GatewayOptions, { lines, telemetry, accessRecords, executor }: Parts) =>
  openReloadingGraph({
    supergraphSdl: options.supergraphSdl,
    file: options.supergraphFile,
    everyMs: options.reloadEveryMs,
    open: (sdl) =>
      openGraph({
        supergraphSdl: sdl,
        executor,
        subgraphs: lines,
        introspection: options.developmentPages !== false,
        authorization: options.authorization ?? 'enforce',
        onDenied: (denied) => {
          accessRecords?.onDenied(denied);
          telemetry.onDenied(denied);
          options.onDenied?.(denied);
        },
        log: options.log,
      }),
    log: options.log,
  });

async function openRedirects(options: GatewayOptions, url: string, lifetime: Lifetime): Promise<void> {
  if (!options.tls || options.plainPort === undefined) return;
  const securePort = Number(new URL(url).port || 443);
  const plain = await redirectPlain({ host: options.host, port: options.plainPort, securePort });
  lifetime.onStop('redirects', plain.stop);
}

/** The lines to the subgraphs, and whoever watches them. */
function openAsking(
  options: GatewayOptions & { executor: ExecutorName; isIsolated: (service: string) => boolean },
  lifetime: Lifetime,
) {
  const { subgraphs, fetchLimits: limits, executor, isIsolated, clock, log } = options;
  const telemetry = openTelemetry({ executor, ...options.telemetry });
  const { observer } = telemetry;
  const lines = openSubgraphs({ subgraphs, clock, log, limits, isIsolated, observer }, lifetime);
  telemetry.watch(lines.lines);
  return { lines, telemetry };
}

/** Without compliance (a graph in a test) there is nobody to hand records to. */
function recordsOf(options: GatewayOptions, lifetime: Lifetime): AccessRecords | undefined {
  const { compliance } = options.subgraphs;
  const { downloadLimits: limits = ALERT_ONLY, accessRecordsEveryMs: everyMs, clock, log } = options;
  const records = compliance && openAccessRecords({ compliance, limits, everyMs, clock, log });
  lifetime.onStop('access records', () => records?.stop());
  return records;
}

function identityOf(subgraphs: GatewayOptions['subgraphs']) {
  const { identity } = subgraphs;
  if (!identity) throw new Error('There is no address of identity, which says who is signed out.');
  return identity;
}

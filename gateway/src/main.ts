import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PassportKey } from '@kept/passport';
import { openClock, openLog, processTracing, runService, tlsOf } from '@kept/subgraph-kit';
import { downloadLimitsOf } from './access-records/settings.ts';
import { openClientsOf } from './clients/open-clients.ts';
import { readGatewayConfig, type GatewayConfig } from './config.ts';
import { fetchLimitsOf } from './fetch/settings.ts';
import { liveSettingsOf } from './live/settings.ts';
import { startGateway } from './start-gateway.ts';

const ownSupergraph = join(import.meta.dirname, '../supergraph.graphql');

function subgraphsOf(config: GatewayConfig) {
  // The first key signs; a second one is only for the subgraph to accept during a rotation.
  const at = (url: string, [key]: readonly PassportKey[]) => {
    if (!key) throw new Error('A passport key is missing.');
    return { url, key };
  };
  return {
    identity: at(config.IDENTITY_URL, config.KEPT_PASSPORT_KEY_IDENTITY),
    scheduling: at(config.SCHEDULING_URL, config.KEPT_PASSPORT_KEY_SCHEDULING),
    payments: at(config.PAYMENTS_URL, config.KEPT_PASSPORT_KEY_PAYMENTS),
    compliance: at(config.COMPLIANCE_URL, config.KEPT_PASSPORT_KEY_COMPLIANCE),
  };
}

let config: GatewayConfig;
try {
  config = readGatewayConfig();
} catch (error) {
  process.stderr.write(`gateway cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
const log = openLog({ service: 'gateway', level: config.KEPT_LOG_LEVEL });
await runService({
  service: 'gateway',
  log,
  start: async (lifetime) => {
    const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
    const supergraphFile = config.KEPT_SUPERGRAPH_FILE ?? ownSupergraph;
    const gateway = await startGateway(
      {
        host: config.KEPT_HOST,
        port: config.KEPT_PORT,
        tls: tlsOf(config, log),
        plainPort: config.KEPT_PLAIN_PORT,
        supergraphSdl: readFileSync(supergraphFile, 'utf8'),
        supergraphFile,
        subgraphs: subgraphsOf(config),
        jwksUrl: config.KEPT_JWKS_URL,
        tokenIssuer: config.KEPT_TOKEN_ISSUER,
        graphqlUrl: config.KEPT_GRAPHQL_URL,
        allowedOrigins: config.KEPT_ALLOWED_ORIGINS,
        trustedProxies: config.KEPT_TRUSTED_PROXIES,
        changePasswordUrl: config.KEPT_CHANGE_PASSWORD_URL,
        authorization: config.KEPT_AUTHORIZATION,
        developmentPages: config.KEPT_DEVELOPMENT_PAGES && {
          organizationId: config.KEPT_DEFAULT_ORGANIZATION,
        },
        documents: { directory: config.KEPT_DOCUMENTS, adHoc: config.NODE_ENV !== 'production' },
        clients: openClientsOf(config, { clock, log }),
        fetchLimits: fetchLimitsOf(config),
        limits: {
          settings: config,
          rulesFile: config.KEPT_NETWORK_RULES_FILE,
          countryDatabase: config.KEPT_COUNTRY_DATABASE,
          redisUrl: config.REDIS_URL,
        },
        downloadLimits: downloadLimitsOf(config),
        live: liveSettingsOf(config),
        executor: config.KEPT_EXECUTOR,
        telemetry: {
          metricsToken: config.KEPT_METRICS_TOKEN,
          tracing: processTracing(),
          trustTraceparent: config.KEPT_TRUST_TRACEPARENT,
        },
        clock,
        log,
      },
      lifetime,
    );
    // Whoever has just put a new file there need not wait for the next look.
    process.on('SIGHUP', () => void gateway.reload());
  },
});

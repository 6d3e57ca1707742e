import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PassportKey } from '@kept/passport';
import { openClock, openLog, runService, tlsOf } from '@kept/subgraph-kit';
import { downloadLimitsOf } from './access-records/settings.ts';
import { openClientsOf } from './clients/open-clients.ts';
import { readGatewayConfig, type GatewayConfig } from './config.ts';
import { fetchLimitsOf } from './fetch/settings.ts';
import { startGateway } from './start-gateway.ts';

const supergraphFile = join(import.meta.dirname, '../supergraph.graphql');

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
    await startGateway(
      {
        host: config.KEPT_HOST,
        port: config.KEPT_PORT,
        tls: tlsOf(config),
        plainPort: config.KEPT_PLAIN_PORT,
        supergraphSdl: readFileSync(supergraphFile, 'utf8'),
        subgraphs: subgraphsOf(config),
        jwksUrl: config.KEPT_JWKS_URL,
        tokenIssuer: config.KEPT_TOKEN_ISSUER,
        allowedOrigins: config.KEPT_ALLOWED_ORIGINS,
        trustedProxies: config.KEPT_TRUSTED_PROXIES,
        authorization: config.KEPT_AUTHORIZATION,
        developmentPages: config.KEPT_DEVELOPMENT_PAGES && {
          organizationId: config.KEPT_DEFAULT_ORGANIZATION,
        },
        documents: { directory: config.KEPT_DOCUMENTS, adHoc: config.NODE_ENV !== 'production' },
        clients: openClientsOf(config, { clock, log }),
        fetchLimits: fetchLimitsOf(config),
        downloadLimits: downloadLimitsOf(config),
        executor: config.KEPT_EXECUTOR,
        clock,
        log,
      },
      lifetime,
    );
  },
});

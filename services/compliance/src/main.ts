import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import type { Database } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import { openCarrier } from '@kept/jobs';
import { openClock, openLog, readSdl, runService, startSubgraph, tlsOf } from '@kept/subgraph-kit';
import type { Clock, Lifetime } from '@kept/subgraph-kit';
import { accessRecordsRoute } from './access-records/receive-access-records.ts';
import { downloadPolicyOf } from './access-records/settings.ts';
import { readComplianceConfig } from './config.ts';
import type { ComplianceConfig } from './config.ts';
import { consentRelations } from './consent/consent.policy.ts';
import { openComplianceDatabase } from './database.ts';
import { openContext } from './open-context.ts';
import { complianceVerbs } from './verbs.ts';
import { resolvers } from './resolvers.ts';
import { startWorkers } from './start-workers.ts';

const service = 'compliance';
const log = openLog({ service });

interface Parts {
  config: ComplianceConfig;
  database: Database;
  clock: Clock;
  lifetime: Lifetime;
}

async function openWorkers({ config, database, clock, lifetime }: Parts): Promise<void> {
  const carrier = openCarrier({
    service,
    redisUrl: config.REDIS_URL,
    postgresUrl: config.QUEUE_DATABASE_URL,
    log,
  });
  lifetime.onStop('carrier', () => carrier.close());
  await startWorkers({
    database,
    carrier,
    keyring: openKeyring({ service, rootKey: config.KEPT_ROOT_KEY, clock, log }),
    signingKey: config.KEPT_SIGNING_KEY,
    trustedKeys: config.KEPT_TRUSTED_KEYS,
    sweepMs: config.KEPT_SWEEP_SECONDS * 1000,
    clock,
    log,
    lifetime,
  });
}

async function openApi({ config, database, clock, lifetime }: Parts): Promise<void> {
  const publicKey = createPublicKey(config.KEPT_SIGNING_KEY);
  let downloadAlerts = 0;
  const server = await startSubgraph({
    service,
    typeDefs: readSdl(join(import.meta.dirname, '../src')),
    resolvers,
    relations: consentRelations,
    verbs: complianceVerbs,
    context: openContext({ database, publicKey }),
    routes: [
      accessRecordsRoute({
        database,
        policy: downloadPolicyOf(config),
        passportKeys: config.KEPT_PASSPORT_KEYS,
        clock,
        log,
        onAlert: () => void (downloadAlerts += 1),
      }),
    ],
    figures: [
      {
        name: 'kept_download_alerts_total',
        help: 'How often somebody was noticed who read unusually much.',
        value: () => downloadAlerts,
      },
    ],
    ready: () => database.ready(),
    host: config.KEPT_HOST,
    port: config.KEPT_PORT,
    tls: tlsOf(config, log),
    passportKeys: config.KEPT_PASSPORT_KEYS,
    metricsToken: config.KEPT_METRICS_TOKEN,
    clock,
    log,
  });
  lifetime.onStop('api', () => server.stop());
}

await runService({
  service,
  log,
  start: async (lifetime) => {
    const config = readComplianceConfig();
    log.level = config.KEPT_LOG_LEVEL;
    const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
    const database = await openComplianceDatabase(config, log);
    lifetime.onStop('database', () => database.close());
    const parts = { config, database, clock, lifetime };
    if (config.KEPT_RUN.includes('worker')) await openWorkers(parts);
    if (config.KEPT_RUN.includes('api')) await openApi(parts);
  },
});

import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { startInbox, startRelay } from '@kept/events';
import { openKeyring } from '@kept/field-encryption';
import { openCarrier } from '@kept/jobs';
import { openClock, openLog, readSdl, runService, startSubgraph } from '@kept/subgraph-kit';
import type { Clock, Lifetime, Logger } from '@kept/subgraph-kit';
import type { Database } from '@kept/database';
import { sequenceHandler, sequenceJob } from './audit/sequence-entries.job.ts';
import { readComplianceConfig } from './config.ts';
import type { ComplianceConfig } from './config.ts';
import { consentRelations, consentVerbs } from './consent/consent.policy.ts';
import { openComplianceDatabase } from './database.ts';
import { eventHandlers } from './event-handlers.ts';
import { resolvers } from './resolvers.ts';
import { purgeHandler, purgeJob } from './retention/purge-expired.job.ts';

const SERVICE = 'compliance';
// A checkpoint every ten seconds at the latest, faster where everything is swept faster (facts/identity.md §4.8).
const CHECKPOINT_SECONDS = 10;

interface Parts {
  config: ComplianceConfig;
  database: Database;
  clock: Clock;
  log: Logger;
  lifetime: Lifetime;
}

async function startApi({ config, database, clock, log, lifetime }: Parts): Promise<void> {
  const publicKey = createPublicKey(config.KEPT_SIGNING_KEY);
  const server = await startSubgraph({
    service: SERVICE,
    typeDefs: readSdl(join(import.meta.dirname, '../src')),
    resolvers,
    relations: consentRelations,
    verbs: consentVerbs,
    context: (request) => ({ ...request, database, publicKey }),
    ready: () => database.ready(),
    host: config.KEPT_HOST,
    port: config.KEPT_PORT,
    passportKeys: config.KEPT_PASSPORT_KEYS,
    clock,
    log,
  });
  lifetime.onStop('api', () => server.stop());
}

async function startWorker({ config, database, clock, log, lifetime }: Parts): Promise<void> {
  const carrier = openCarrier({
    service: SERVICE,
    redisUrl: config.REDIS_URL,
    postgresUrl: config.QUEUE_DATABASE_URL,
    log,
  });
  lifetime.onStop('carrier', () => carrier.close());
  const signingKey = config.KEPT_SIGNING_KEY;
  const messaging = {
    database,
    carrier,
    service: SERVICE,
    signingKey,
    trustedKeys: config.KEPT_TRUSTED_KEYS,
    clock,
    log,
  } as const;
  const sweepMs = config.KEPT_SWEEP_SECONDS * 1000;
  const relay = startRelay({ ...messaging, pollMs: Math.min(sweepMs, 1000) });
  const inbox = startInbox({ ...messaging, handlers: eventHandlers });
  lifetime.onStop('relay', () => relay.stop());
  lifetime.onStop('inbox', () => inbox.stop());
  const keyring = openKeyring({ service: SERVICE, rootKey: config.KEPT_ROOT_KEY, clock });
  const checkpointEveryMs = Math.min(sweepMs, CHECKPOINT_SECONDS * 1000);
  carrier.work([
    sequenceHandler({ database, signingKey, clock, checkpointEveryMs }),
    purgeHandler({ database, keyring, clock }, log),
  ]);
  await carrier.every(sequenceJob, { everyMs: checkpointEveryMs });
  await carrier.every(purgeJob, { everyMs: sweepMs });
}

const log = openLog({ service: SERVICE });
await runService({
  service: SERVICE,
  log,
  start: async (lifetime) => {
    const config = readComplianceConfig();
    log.level = config.KEPT_LOG_LEVEL;
    const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
    const database = await openComplianceDatabase(config, log);
    lifetime.onStop('database', () => database.close());
    const parts = { config, database, clock, log, lifetime };
    if (config.KEPT_RUN.includes('worker')) await startWorker(parts);
    if (config.KEPT_RUN.includes('api')) await startApi(parts);
  },
});

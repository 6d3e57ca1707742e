import { openCarrier } from '@kept/jobs';
import { connectRedis } from '@kept/jobs/redis';
import { openClock, openLog, runService, tlsOf } from '@kept/subgraph-kit';
import { readIdentityConfig } from './config.ts';
import { openIdentityDatabase } from './database.ts';
import { redisVolume } from './detection/volume-store.ts';
import { sendMail } from './messages/send-mail.job.ts';
import { openIdentity } from './open-identity.ts';
import { requirePeppers } from './passwords/require-peppers.ts';
import { peppersOf } from './passwords/settings.ts';
import { startApi } from './start-api.ts';
import { startWorkers } from './start-workers.ts';

const config = readIdentityConfig();
const log = openLog({ service: 'identity', level: config.KEPT_LOG_LEVEL });
const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });

await runService({
  service: 'identity',
  log,
  start: async (lifetime) => {
    const database = await openIdentityDatabase(config, log);
    lifetime.onStop('database', () => database.close());
    await requirePeppers(database, {
      known: peppersOf(config).map(({ version }) => version),
      lost: config.KEPT_PASSWORD_PEPPERS_LOST,
    });
    const carrier = openCarrier({
      service: 'identity',
      redisUrl: config.REDIS_URL,
      postgresUrl: config.QUEUE_DATABASE_URL,
      log,
    });
    lifetime.onStop('queues', () => carrier.close());
    const redis = config.REDIS_URL === undefined ? undefined : connectRedis({ url: config.REDIS_URL, log });
    lifetime.onStop('counters', () => redis?.close());
    const identity = await openIdentity(config, {
      ...(redis && { volume: redisVolume(redis.client) }),
      database,
      clock,
      log,
      nudgeMail: (mail) => {
        // The row is the truth: what does not get into the queue now is found by the sweeper.
        carrier
          .enqueue(sendMail, mail, { id: mail.mailId })
          .catch((error: unknown) =>
            log.warn({ err: error, mailId: mail.mailId }, 'a mail waits for the sweeper'),
          );
      },
    });
    lifetime.onStop('password process', () => identity.hasher.stop());
    lifetime.onStop('password thread', () => identity.estimator.stop());
    if (config.KEPT_RUN.includes('worker')) await startWorkers(identity, { carrier, config, log, lifetime });
    if (config.KEPT_RUN.includes('api')) {
      const api = await startApi(identity, {
        host: config.KEPT_HOST,
        port: config.KEPT_PORT,
        tls: tlsOf(config, log),
        passportKeys: config.KEPT_PASSPORT_KEYS,
        metricsToken: config.KEPT_METRICS_TOKEN,
        log,
      });
      lifetime.onStop('api', () => api.stop());
    }
  },
});

import { openCarrier } from '@kept/jobs';
import { openClock, openLog, runService, tlsOf } from '@kept/subgraph-kit';
import { logLevel, readPaymentsConfig } from './config.ts';
import { openPaymentsDatabase } from './database.ts';
import { openPayments } from './open-payments.ts';
import { startApi } from './start-api.ts';
import { startWorkers } from './start-workers.ts';

const service = 'payments';
const log = openLog({ service, level: logLevel() });

await runService({
  service,
  log,
  start: async (lifetime) => {
    // In here, so that what is wrong with the settings is said in sentences and not as a stack trace.
    const config = readPaymentsConfig();
    const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
    const database = await openPaymentsDatabase(config, log);
    lifetime.onStop('database', () => database.close());
    const carrier = openCarrier({
      service,
      redisUrl: config.REDIS_URL,
      postgresUrl: config.QUEUE_DATABASE_URL,
      log,
    });
    lifetime.onStop('queues', () => carrier.close());
    const payments = openPayments(config, { database, carrier, clock, log });
    if (config.KEPT_RUN.includes('worker')) await startWorkers(payments, { carrier, config, lifetime });
    if (config.KEPT_RUN.includes('api')) {
      const api = await startApi(payments, {
        host: config.KEPT_HOST,
        port: config.KEPT_PORT,
        tls: tlsOf(config, log),
        passportKeys: config.KEPT_PASSPORT_KEYS,
        metricsToken: config.KEPT_METRICS_TOKEN,
        webhookSecrets: config.STRIPE_WEBHOOK_SECRETS,
      });
      lifetime.onStop('api', () => api.stop());
    }
  },
});

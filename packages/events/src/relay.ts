import { describeError, handler } from '@kept/jobs';
import { openAcknowledgement } from './envelope.ts';
import { acknowledgeJob } from './event-jobs.ts';
import { readPrivateKey, trustKeys } from './keys.ts';
import { onNudge } from './nudge.ts';
import type { EventsOptions } from './options.ts';
import { acknowledge, deleteDelivered } from './outbox.ts';
import { refusedStatement } from './refused-statement.ts';
import { repeat } from './repeat.ts';
import { sendDue, type RelayCounters } from './send-due.ts';

export interface RelayOptions extends EventsOptions {
  /** How often the outbox is looked at when nothing nudges; other processes' events wait this long at most. */
  pollMs?: number;
  /** After this long without acknowledgement an event is sent again; doubles each time, up to an hour. */
  redeliverAfterMs?: number;
  /** Delivered events stay this long, for people who ask what happened. */
  keepDays?: number;
}

/** Sends what the outbox holds. Any number may run, in any number of processes. */
export interface Relay {
  readonly counters: Readonly<RelayCounters>;
  stop(): Promise<void>;
}

const TIDY_EVERY_MS = 10 * 60_000;
const TIDY_BATCH = 500;

/** Starts sending, and listening for acknowledgements. */
export function startRelay(options: RelayOptions): Relay {
  const {
    database,
    carrier,
    service,
    log,
    pollMs = 1_000,
    redeliverAfterMs = 30_000,
    keepDays = 7,
  } = options;
  const signingKey = readPrivateKey(options.signingKey);
  const trusted = trustKeys(options);
  const counters: RelayCounters = { sent: 0, acknowledged: 0, redelivered: 0 };
  const sender = { database, carrier, service, signingKey, redeliverAfterMs, log, counters };

  const sending = repeat(async () => {
    try {
      return await sendDue(sender);
    } catch (error) {
      log.error({ error: describeError(error) }, 'The outbox could not be sent; it is tried again.');
      return false;
    }
  }, pollMs);
  const tidying = repeat(
    async () => (await deleteDelivered(database, { keepDays, batch: TIDY_BATCH })) === TIDY_BATCH,
    TIDY_EVERY_MS,
  );
  const stopNudges = onNudge(database.dataSource, () => sending.wake());

  const hear = handler(acknowledgeJob, async (letter) => {
    try {
      // In two steps: letters are read at the same time, and `x += await …` forgets what others added meanwhile.
      const ended = await acknowledge(database, openAcknowledgement(letter, trusted));
      counters.acknowledged += ended;
    } catch (error) {
      throw refusedStatement(error, { what: 'acknowledgement', from: letter.from, log });
    }
  });
  carrier.work([hear], { concurrency: 2 });

  return {
    counters,
    async stop() {
      stopNudges();
      await Promise.all([sending.stop(), tidying.stop()]);
    },
  };
}

import { CarrierUnavailable, describeError, handler } from '@kept/jobs';
import { definitionOf } from './catalogue.ts';
import { openAcknowledgement, sealEvent, type Letter } from './envelope.ts';
import { acknowledgeJob, deliverJob } from './event-jobs.ts';
import { readPrivateKey, trustKeys } from './keys.ts';
import { onNudge } from './nudge.ts';
import type { EventsOptions } from './options.ts';
import { acknowledge, deleteDelivered, giveBack, takeDue, type Delivery } from './outbox.ts';
import { repeat } from './repeat.ts';
import { refusedStatement } from './refused-statement.ts';

export interface RelayOptions extends EventsOptions {
  /** How often the outbox is looked at when nothing nudges; other processes' events wait this long at most. */
  pollMs?: number;
  /** After this long without acknowledgement an event is sent again; doubles each time, up to an hour. */
  redeliverAfterMs?: number;
  /** Delivered events stay this long, for people who ask what happened. */
  keepDays?: number;
}

export interface RelayCounters {
  sent: number;
  acknowledged: number;
  /** Sent more than once. */
  redelivered: number;
}

/** Sends what the outbox holds. Any number may run, in any number of processes. */
export interface Relay {
  readonly counters: Readonly<RelayCounters>;
  stop(): Promise<void>;
}

const BATCH = 100;
const TIDY_EVERY_MS = 10 * 60_000;
const TIDY_BATCH = 500;
// The queue is away: no hurry, and the wait must not count against the event.
const GIVE_BACK_SECONDS = 1;
// With half a minute to begin with, the eighth attempt comes after about an hour.
const WORTH_SAYING_ATTEMPTS = 8;

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

  const letterOf = ({ consumer: _consumer, attempts: _attempts, occurredAt, ...event }: Delivery): Letter =>
    sealEvent({ v: 1, publisher: service, occurredAt: occurredAt.toISOString(), ...event }, signingKey);

  const send = async (consumer: string, deliveries: readonly Delivery[]): Promise<void> => {
    // A stable id: an event that still waits in the queue is not put in a second time.
    const entries = deliveries.map((delivery) => ({ data: letterOf(delivery), id: delivery.id }));
    try {
      await carrier.enqueueMany(deliverJob, entries, { service: consumer });
    } catch (error) {
      if (!(error instanceof CarrierUnavailable)) throw error;
      await giveBack(database, deliveries, GIVE_BACK_SECONDS);
      return;
    }
    counters.sent += deliveries.length;
    counters.redelivered += deliveries.filter(({ attempts }) => attempts > 1).length;
  };

  const sendDue = async (): Promise<boolean> => {
    const due = await takeDue(database, { batch: BATCH, redeliverAfterMs });
    const ours = due.filter((delivery) => mayPublish(delivery, { service, log }));
    for (const delivery of ours) {
      if (delivery.attempts === WORTH_SAYING_ATTEMPTS) {
        const { id, name, consumer, attempts } = delivery;
        log.warn(
          { event: id, name, consumer, attempts },
          'An event is still not acknowledged; it is sent on.',
        );
      }
    }
    await Promise.all([...byConsumer(ours)].map(([consumer, deliveries]) => send(consumer, deliveries)));
    return due.length === BATCH;
  };

  const loop = repeat(
    () =>
      sendDue().catch((error: unknown) => {
        log.error({ error: describeError(error) }, 'The outbox could not be sent; it is tried again.');
        return false;
      }),
    pollMs,
  );
  const tidying = repeat(async () => {
    const deleted = await deleteDelivered(database, { keepDays, batch: TIDY_BATCH });
    return deleted === TIDY_BATCH;
  }, TIDY_EVERY_MS);
  const stopNudges = onNudge(database.dataSource, () => loop.wake());

  carrier.work(
    [
      handler(acknowledgeJob, async (letter) => {
        try {
          // In two steps: letters are read at the same time, and `x += await …` forgets what others added meanwhile.
          const ended = await acknowledge(database, openAcknowledgement(letter, trusted));
          counters.acknowledged += ended;
        } catch (error) {
          throw refusedStatement(error, { what: 'acknowledgement', from: letter.from, log });
        }
      }),
    ],
    { concurrency: 2 },
  );

  return {
    counters,
    async stop() {
      stopNudges();
      await Promise.all([loop.stop(), tidying.stop()]);
    },
  };
}

function byConsumer(deliveries: readonly Delivery[]): Map<string, Delivery[]> {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.consumer);
    if (group) group.push(delivery);
    else groups.set(delivery.consumer, [delivery]);
  }
  return groups;
}

// Consumers would refuse it as forged. It stays in the outbox, due again later and later, until the mistake is mended.
function mayPublish(
  { id, name }: Delivery,
  { service, log }: Pick<RelayOptions, 'service' | 'log'>,
): boolean {
  if (definitionOf(name)?.from.includes(service)) return true;
  log.error({ event: id, name }, `The catalogue does not let ${service} publish ${name}; the event is kept.`);
  return false;
}

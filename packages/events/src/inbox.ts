import { handler } from '@kept/jobs';
import { openAcknowledger } from './acknowledger.ts';
import { eventsFor } from './catalogue.ts';
import { deliverJob } from './event-jobs.ts';
import { forgetClaims } from './inbox-table.ts';
import { readPrivateKey, trustKeys } from './keys.ts';
import type { EventsOptions } from './options.ts';
import { receiveEvent, type InboxCounters } from './receive-event.ts';
import type { EventHandlers } from './received-event.ts';
import { refusedStatement } from './refused-statement.ts';
import { repeat } from './repeat.ts';
import { StatementRefused } from './statement.ts';

export interface InboxOptions extends EventsOptions {
  handlers: EventHandlers;
  /** How many events are handled at a time. */
  concurrency?: number;
  /** After so many failures an event is parked: said loudly, and tried only when the publisher sends it again. */
  parkAfter?: number;
}

/** Handles what others tell this service, each event once. */
export interface Inbox {
  readonly counters: Readonly<InboxCounters>;
  stop(): Promise<void>;
}

const TIDY_EVERY_MS = 10 * 60_000;
const TIDY_BATCH = 500;

/** Starts handling events. Those nobody here handles wait in their publisher's outbox, and that is said. */
export function startInbox(options: InboxOptions): Inbox {
  const { database, carrier, service, handlers, clock, log, concurrency = 4, parkAfter = 10 } = options;
  const trusted = trustKeys(options);
  const signingKey = readPrivateKey(options.signingKey);
  const acknowledger = openAcknowledger({ carrier, service, signingKey });
  const counters: InboxCounters = { handled: 0, duplicates: 0, refused: 0, failed: 0, parked: 0 };
  const receiver = { database, acknowledger, handlers, trusted, parkAfter, clock, log, counters };

  for (const name of eventsFor(service).filter((known) => handlers[known] === undefined)) {
    log.warn({ name }, `${service} does not handle ${name}; such events wait at their publisher.`);
  }

  const deliver = handler(deliverJob, async (letter) => {
    try {
      await receiveEvent(letter, receiver);
    } catch (error) {
      if (error instanceof StatementRefused) counters.refused += 1;
      throw refusedStatement(error, { what: 'event', from: letter.from, log });
    }
  });
  carrier.work([deliver], { concurrency });
  const tidying = repeat(
    async () => (await forgetClaims(database, TIDY_BATCH)) === TIDY_BATCH,
    TIDY_EVERY_MS,
  );

  return {
    counters,
    async stop() {
      await Promise.all([tidying.stop(), acknowledger.stop()]);
    },
  };
}

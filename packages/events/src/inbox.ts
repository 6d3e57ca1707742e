import { describeError, handler } from '@kept/jobs';
import { openAcknowledger } from './acknowledger.ts';
import { definitionOf, eventsFor, type EventName, type EventPayload } from './catalogue.ts';
import { openEvent, type Envelope, type Letter } from './envelope.ts';
import { deliverJob } from './event-jobs.ts';
import { claim, forgetClaims, noteTrouble, type TroubleReason } from './inbox-table.ts';
import { readPrivateKey, trustKeys } from './keys.ts';
import type { EventsOptions } from './options.ts';
import type { EventHandler, EventHandlers } from './received-event.ts';
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

export interface InboxCounters {
  handled: number;
  duplicates: number;
  /** Forged, altered, or signed by one who may not say such a thing. */
  refused: number;
  failed: number;
  parked: number;
}

/** Handles what others tell this service, each event once. */
export interface Inbox {
  readonly counters: Readonly<InboxCounters>;
  stop(): Promise<void>;
}

const TIDY_EVERY_MS = 10 * 60_000;
const TIDY_BATCH = 500;

/** An event we know, with what handles it; or why it has to wait. */
type Understood =
  { handle: EventHandler<EventName>; payload: EventPayload<EventName> } | { wait: TroubleReason };

/** Starts handling events. Those nobody here handles wait in their publisher's outbox, and that is said. */
export function startInbox(options: InboxOptions): Inbox {
  const { database, carrier, service, handlers, clock, log, concurrency = 4, parkAfter = 10 } = options;
  const signingKey = readPrivateKey(options.signingKey);
  const trusted = trustKeys(options);
  const acknowledger = openAcknowledger({ carrier, service, signingKey });
  const counters: InboxCounters = { handled: 0, duplicates: 0, refused: 0, failed: 0, parked: 0 };

  for (const name of eventsFor(service).filter((known) => handlers[known] === undefined)) {
    log.warn({ name }, `${service} does not handle ${name}; such events wait at their publisher.`);
  }

  const keep = async (envelope: Envelope, reason: TroubleReason): Promise<void> => {
    const { id, name, version, publisher } = envelope;
    const { attempts } = await noteTrouble(database, envelope, { reason, parkAfter: 1 });
    if (attempts > 1) return;
    counters.parked += 1;
    log.error(
      { event: id, name, version, publisher, reason },
      'An event cannot be handled here yet; it is kept.',
    );
  };

  const failed = async (envelope: Envelope, error: unknown): Promise<void> => {
    counters.failed += 1;
    const trouble = await noteTrouble(database, envelope, { reason: 'HANDLER_FAILED', parkAfter });
    if (trouble.parkedNow) {
      counters.parked += 1;
      const { id, name, publisher } = envelope;
      log.error(
        { event: id, name, publisher, attempts: trouble.attempts, error: describeError(error) },
        'An event has failed too often and is parked; its publisher keeps it and sends it now and then.',
      );
    }
    // Parked: no quick attempts any more, the publisher's growing interval is enough.
    if (!trouble.parked) throw error;
  };

  const receive = async (letter: Letter): Promise<void> => {
    const envelope = openEvent(letter, trusted);
    const understood = understand(envelope, handlers);
    if ('wait' in understood) return keep(envelope, understood.wait);
    const { id, organizationId, publisher, occurredAt } = envelope;
    const name = envelope.name as EventName;
    const { handle, payload } = understood;
    const event = {
      id,
      name,
      organizationId,
      publisher,
      occurredAt: new Date(occurredAt),
      receivedAt: clock(),
      payload,
    };
    let outcome;
    try {
      outcome = await database.transaction(organizationId, async (tx) => {
        const claimed = await claim(tx, envelope);
        if (claimed === 'claimed') await handle(tx, event);
        return claimed;
      });
    } catch (error) {
      return failed(envelope, error);
    }
    if (outcome === 'too_old') return keep(envelope, 'TOO_OLD');
    if (outcome === 'claimed') counters.handled += 1;
    else counters.duplicates += 1;
    acknowledger.done(publisher, id);
  };

  carrier.work(
    [
      handler(deliverJob, (letter) =>
        receive(letter).catch((error: unknown) => {
          if (error instanceof StatementRefused) counters.refused += 1;
          throw refusedStatement(error, { what: 'event', from: letter.from, log });
        }),
      ),
    ],
    { concurrency },
  );
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

// A newer publisher may say what we do not know yet; our own next version will. What is genuine, known and yet not in the
// catalogue's form, or not that service's to say, is refused: no later version of ours would accept it.
function understand(envelope: Envelope, handlers: EventHandlers): Understood {
  const { name, version, publisher, payload } = envelope;
  const definition = definitionOf(name);
  if (definition?.version !== version) return { wait: 'UNKNOWN_EVENT' };
  if (!definition.from.includes(publisher)) {
    throw new StatementRefused(`The catalogue does not let ${publisher} publish ${name}.`);
  }
  const parsed = definition.payload.safeParse(payload);
  if (!parsed.success) throw new StatementRefused(`A ${name} is not in the form of the catalogue.`);
  const handle = handlers[name as EventName] as EventHandler<EventName> | undefined;
  return handle ? { handle, payload: parsed.data as EventPayload<EventName> } : { wait: 'NO_HANDLER' };
}

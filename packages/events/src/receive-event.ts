import type { KeyObject } from 'node:crypto';
import type { Database } from '@kept/database';
import { describeError, type Log } from '@kept/jobs';
import { withinRequest } from '@kept/request-scope';
import type { Acknowledger } from './acknowledger.ts';
import { definitionOf, type EventName, type EventPayload } from './catalogue.ts';
import { openEvent, type Envelope, type Letter } from './envelope.ts';
import { claim, noteTrouble, type Claim, type TroubleReason } from './inbox-table.ts';
import type { EventHandler, EventHandlers } from './received-event.ts';
import { StatementRefused } from './statement.ts';

export interface InboxCounters {
  handled: number;
  duplicates: number;
  /** Forged, altered, or signed by one who may not say such a thing. */
  refused: number;
  failed: number;
  parked: number;
}

interface Receiver {
  database: Database;
  acknowledger: Acknowledger;
  handlers: EventHandlers;
  trusted: ReadonlyMap<string, KeyObject>;
  parkAfter: number;
  clock: () => Date;
  log: Log;
  counters: InboxCounters;
}

/** An event we know, with what handles it; or why it has to wait. */
type Understood =
  { handle: EventHandler<EventName>; payload: EventPayload<EventName> } | { wait: TroubleReason };

/** Handles one letter: verify, understand, claim and handle in one transaction, acknowledge. Part of the event's request. */
export async function receiveEvent(letter: Letter, receiver: Receiver): Promise<void> {
  const envelope = openEvent(letter, receiver.trusted);
  const { requestId } = envelope;
  const work = () => receiveEnvelope(envelope, receiver);
  return requestId === undefined ? work() : withinRequest({ requestId }, work);
}

async function receiveEnvelope(envelope: Envelope, receiver: Receiver): Promise<void> {
  const { counters } = receiver;
  const understood = understand(envelope, receiver.handlers);
  if ('wait' in understood) return keep(envelope, understood.wait, receiver);
  let outcome: Claim;
  try {
    outcome = await handleOnce(envelope, understood, receiver);
  } catch (error) {
    return failed(envelope, error, receiver);
  }
  if (outcome === 'too_old') return keep(envelope, 'TOO_OLD', receiver);
  if (outcome === 'claimed') counters.handled += 1;
  else counters.duplicates += 1;
  receiver.acknowledger.done(envelope.publisher, envelope.id);
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

function handleOnce(
  envelope: Envelope,
  { handle, payload }: Exclude<Understood, { wait: TroubleReason }>,
  { database, clock }: Receiver,
): Promise<Claim> {
  const { id, organizationId, publisher } = envelope;
  const name = envelope.name as EventName;
  const occurredAt = new Date(envelope.occurredAt);
  return database.transaction(organizationId, async (tx) => {
    const claimed = await claim(tx, envelope);
    const event = { id, name, organizationId, publisher, occurredAt, receivedAt: clock(), payload };
    if (claimed === 'claimed') await handle(tx, event);
    return claimed;
  });
}

async function keep(envelope: Envelope, reason: TroubleReason, receiver: Receiver): Promise<void> {
  const { database, counters, log } = receiver;
  const { attempts } = await noteTrouble(database, envelope, { reason, parkAfter: 1 });
  if (attempts > 1) return;
  counters.parked += 1;
  const { id, name, version, publisher } = envelope;
  const fields = { event: id, name, version, publisher, reason };
  if (reason === 'TOO_OLD') {
    log.error(fields, 'An event comes so late that it may have been handled; look at it.');
  } else log.warn(fields, 'An event cannot be handled here yet; its publisher keeps it.');
}

async function failed(envelope: Envelope, error: unknown, receiver: Receiver): Promise<void> {
  const { database, counters, log, parkAfter } = receiver;
  counters.failed += 1;
  const trouble = await noteTrouble(database, envelope, { reason: 'HANDLER_FAILED', parkAfter });
  // Parked: no quick attempts any more, the publisher's growing interval is enough.
  if (!trouble.parked) throw error;
  if (!trouble.parkedNow) return;
  counters.parked += 1;
  const { id, name, publisher } = envelope;
  const fields = { event: id, name, publisher, attempts: trouble.attempts, error: describeError(error) };
  log.error(
    fields,
    'An event has failed too often and is parked; its publisher keeps it and sends it now and then.',
  );
}

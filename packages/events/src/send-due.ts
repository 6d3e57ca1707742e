import type { KeyObject } from 'node:crypto';
import type { Database } from '@kept/database';
import { CarrierUnavailable, type Carrier, type Log } from '@kept/jobs';
import { definitionOf } from './catalogue.ts';
import { sealEvent, type Letter } from './envelope.ts';
import { deliverJob } from './event-jobs.ts';
import { giveBack, takeDue, type Delivery } from './outbox.ts';
import type { ServiceName } from './services.ts';

export interface RelayCounters {
  sent: number;
  acknowledged: number;
  /** Sent more than once. */
  redelivered: number;
}

interface Sender {
  database: Database;
  carrier: Carrier;
  service: ServiceName;
  signingKey: KeyObject;
  redeliverAfterMs: number;
  log: Log;
  counters: RelayCounters;
}

const BATCH = 100;
// The queue is away: no hurry, and the wait must not count against the event.
const GIVE_BACK_SECONDS = 1;
// With half a minute to begin with, the eighth attempt comes after about an hour.
const WORTH_SAYING_ATTEMPTS = 8;

/** Sends one batch of what is due; answers whether there may be more. */
export async function sendDue(sender: Sender): Promise<boolean> {
  const { database, redeliverAfterMs } = sender;
  const due = await takeDue(database, { batch: BATCH, redeliverAfterMs });
  const byConsumer = new Map<string, Delivery[]>();
  for (const delivery of due.filter((one) => mayPublish(one, sender))) {
    sayIfOld(delivery, sender.log);
    const group = byConsumer.get(delivery.consumer);
    if (group) group.push(delivery);
    else byConsumer.set(delivery.consumer, [delivery]);
  }
  await Promise.all([...byConsumer].map(([consumer, deliveries]) => send(consumer, deliveries, sender)));
  return due.length === BATCH;
}

async function send(consumer: string, deliveries: readonly Delivery[], sender: Sender): Promise<void> {
  const { database, carrier, counters } = sender;
  // A stable id: an event that still waits in the queue is not put in a second time.
  const entries = deliveries.map((delivery) => ({ data: letterOf(delivery, sender), id: delivery.id }));
  try {
    await carrier.enqueueMany(deliverJob, entries, { service: consumer });
  } catch (error) {
    if (!(error instanceof CarrierUnavailable)) throw error;
    await giveBack(database, deliveries, GIVE_BACK_SECONDS);
    return;
  }
  counters.sent += deliveries.length;
  counters.redelivered += deliveries.filter(({ attempts }) => attempts > 1).length;
}

function letterOf(delivery: Delivery, { service, signingKey }: Sender): Letter {
  const { id, name, version, organizationId, payload, requestId } = delivery;
  const occurredAt = delivery.occurredAt.toISOString();
  const envelope = {
    v: 1,
    id,
    name,
    version,
    publisher: service,
    organizationId,
    occurredAt,
    ...(requestId !== null && { requestId }),
    payload,
  } as const;
  return sealEvent(envelope, signingKey);
}

// Consumers would refuse it as forged. It stays in the outbox, due again later and later, until the mistake is mended.
function mayPublish({ id, name }: Delivery, { service, log }: Sender): boolean {
  if (definitionOf(name)?.from.includes(service)) return true;
  log.error({ event: id, name }, `The catalogue does not let ${service} publish ${name}; the event is kept.`);
  return false;
}

function sayIfOld({ id, name, consumer, attempts }: Delivery, log: Log): void {
  if (attempts !== WORTH_SAYING_ATTEMPTS) return;
  log.warn({ event: id, name, consumer, attempts }, 'An event is still not acknowledged; it is sent again.');
}

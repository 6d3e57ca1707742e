import { defineJob } from '@kept/jobs';
import type { Letter } from './envelope.ts';

// Neither leaves anything in the queue once it is done: the tables know. A few quick attempts help against deadlocks and
// against events that overtake each other (a booking before its organization); whatever takes longer is the relay's.

/** Brings an event to its consumer. */
export const deliverJob = defineJob<Letter>({
  name: 'deliver-event',
  lane: 'events',
  attempts: 5,
  backoffMs: 250,
  timeoutMs: 60_000,
  keepFinished: false,
});

/** Brings back that events are done. Lost ones do no harm: the event comes again and is acknowledged again. */
export const acknowledgeJob = defineJob<Letter>({
  name: 'acknowledge-events',
  lane: 'events',
  attempts: 5,
  backoffMs: 500,
  keepFinished: false,
});

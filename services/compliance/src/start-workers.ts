import type { KeyObject } from 'node:crypto';
import type { Database } from '@kept/database';
import { startInbox, startRelay } from '@kept/events';
import type { Keyring } from '@kept/field-encryption';
import type { Carrier } from '@kept/jobs';
import type { Clock, Lifetime, Logger } from '@kept/subgraph-kit';
import { sequenceHandler, sequenceJob } from './audit/sequence-entries.job.ts';
import { eventHandlers } from './event-handlers.ts';
import { purgeHandler, purgeJob } from './retention/purge-expired.job.ts';

// A checkpoint every ten seconds at the latest, faster where everything is swept faster.
const CHECKPOINT_MS_MAX = 10_000;
const POLL_MS_MAX = 1_000;

export interface WorkerParts {
  database: Database;
  carrier: Carrier;
  keyring: Keyring;
  signingKey: KeyObject;
  trustedKeys: Readonly<Record<string, KeyObject>>;
  sweepMs: number;
  clock: Clock;
  log: Logger;
  lifetime: Lifetime;
}

/** Starts everything this service does without being asked over HTTP: events in and out, the sequencer, the purge. */
export async function startWorkers(parts: WorkerParts): Promise<void> {
  const { database, carrier, keyring, signingKey, sweepMs, clock, log, lifetime } = parts;
  const messaging = { ...parts, service: 'compliance' } as const;
  const relay = startRelay({ ...messaging, pollMs: Math.min(sweepMs, POLL_MS_MAX) });
  lifetime.onStop('relay', () => relay.stop());
  const inbox = startInbox({ ...messaging, handlers: eventHandlers });
  lifetime.onStop('inbox', () => inbox.stop());
  const checkpointEveryMs = Math.min(sweepMs, CHECKPOINT_MS_MAX);
  carrier.work([
    sequenceHandler({ database, signingKey, clock, checkpointEveryMs }),
    purgeHandler({ database, keyring, clock }, log),
  ]);
  await carrier.every(sequenceJob, { everyMs: checkpointEveryMs });
  await carrier.every(purgeJob, { everyMs: sweepMs });
}

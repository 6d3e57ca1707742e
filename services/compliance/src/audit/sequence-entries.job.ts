import type { KeyObject } from 'node:crypto';
import type { Database } from '@kept/database';
import { defineJob, handler } from '@kept/jobs';
import type { Handler } from '@kept/jobs';
import type { Clock } from '@kept/subgraph-kit';
import { sequenceEntries } from './sequence-entries.ts';

export const sequenceJob = defineJob({
  name: 'sequence-audit-entries',
  attempts: 1,
  timeoutMs: 120_000,
  keepFinished: false,
});

export interface SequencerParts {
  database: Database;
  signingKey: KeyObject;
  clock: Clock;
  checkpointEveryMs?: number;
}

const BATCH_SIZE = 1000;

/** Gives numbers to whatever waits, in every organization; each batch is a transaction of its own. */
export async function sequenceAll(
  { database, signingKey, clock, checkpointEveryMs }: SequencerParts,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    let again = false;
    await database.forEachOrganization('sequence audit entries', async (tx) => {
      const { sequenced } = await sequenceEntries(tx, {
        now: clock(),
        signingKey,
        batchSize: BATCH_SIZE,
        ...(checkpointEveryMs !== undefined && { checkpointEveryMs }),
      });
      if (sequenced === BATCH_SIZE) again = true;
    });
    if (!again || signal?.aborted === true) return;
  }
}

export function sequenceHandler(parts: SequencerParts): Handler {
  return handler(sequenceJob, (_data, { signal }) => sequenceAll(parts, signal));
}

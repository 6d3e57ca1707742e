import type { Database } from '@kept/database';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { KEPT_MINUTES } from './change-feed.ts';

/** Forgets changes that no reader asks for any more. */
export const sweepChanges = defineJob({ name: 'sweep-changes', attempts: 1, keepFinished: false });
const BATCH = 10_000;

export const sweepChangesHandler = ({ database }: { database: Database }): Handler =>
  handler(sweepChanges, async () => void (await forgetChanges(database)));

/** Deletes what is older than an hour, by the database's clock, in batches; answers how many. */
export async function forgetChanges(database: Database): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const deleted = await database.infrastructure(sweepChanges.name, (tx) =>
      tx.query(
        `DELETE FROM booking_change WHERE position IN (
           SELECT position FROM booking_change WHERE written_at < now() - make_interval(mins => $1)
           ORDER BY position LIMIT ${BATCH}) RETURNING position`,
        [KEPT_MINUTES],
      ),
    );
    forgotten += deleted.length;
    if (deleted.length < BATCH) return forgotten;
  }
}

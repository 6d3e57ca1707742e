import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';

/**
 * Somebody on the staff is trained, or let in before. What is valid longer already stays: events may come in any order,
 * and a waiver never shortens what was passed. A trigger withdraws the tokens that say otherwise.
 */
export async function onTrainingCompleted(
  tx: Transaction,
  { payload }: ReceivedEvent<'training.completed'>,
): Promise<void> {
  await tx.query(
    `UPDATE account SET trained_until = $2
     WHERE id = $1 AND kind = 'STAFF' AND (trained_until IS NULL OR trained_until < $2)`,
    [payload.staffMemberId, payload.validUntil],
  );
}

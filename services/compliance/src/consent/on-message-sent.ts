import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';

/** Completes the decision: allowed then, sent at. */
export async function onMessageSent(
  tx: Transaction,
  { payload }: ReceivedEvent<'message.sent'>,
): Promise<void> {
  await tx.query(
    `UPDATE message_decision SET sent_at = $3
     WHERE organization_id = $1 AND message_id = $2 AND allowed AND sent_at IS NULL`,
    [tx.organizationId, payload.messageId, payload.sentAt],
  );
}

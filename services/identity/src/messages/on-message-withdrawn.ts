import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';

/**
 * Who asked for a message takes it back, because it is not true any more. What has left has left; what waits does not
 * leave; and where compliance has not even decided yet, a finished row under its id keeps the decision from writing it.
 */
export async function onMessageWithdrawn({
  tx,
  event,
}: {
  tx: Transaction;
  event: ReceivedEvent<'message.withdrawn'>;
}): Promise<void> {
  const { messageId, recipient } = event.payload;
  await tx.query(
    `INSERT INTO outgoing_mail (id, organization_id, account_id, template, requested, parameters, state, attempts, due_at,
       created_at, finished_at)
     SELECT $1, organization_id, id, 'booking-reminder', true, '{}', 'EXPIRED', 0, $4, $4, $4
     FROM account WHERE id = $2 AND kind = $3
     ON CONFLICT ON CONSTRAINT mail_is_claimed_once DO UPDATE
       SET state = 'EXPIRED', finished_at = excluded.finished_at, sealed = NULL
       WHERE outgoing_mail.state = 'QUEUED'`,
    [messageId, recipient.id, recipient.kind, event.receivedAt],
  );
}

import { byItself, recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import type { CollectionOrigin } from '../processor/payment-processor.ts';
import { readCollection } from './open-collection.ts';
import type { PaymentMethodCollection } from './payment-method-collection.ts';

/** Somebody with a wallet in their hands mistypes, or has a card that is blocked; nobody has five of them. */
export const DECLINES_MAX = 5;

/**
 * A bank has refused a card on this visit. One visit can be used for any number of cards, so it is closed at the processor
 * after a few: else one page that was opened honestly would be a place to try out a thousand. False: the processor does not
 * answer, and the event comes again.
 */
export async function noteDecline(payments: Payments, origin: CollectionOrigin): Promise<boolean> {
  const { organizationId, clientId, collectionId } = origin;
  const noted = await payments.database.transaction(organizationId, (tx) =>
    tx.query<Pick<PaymentMethodCollection, 'declines' | 'way'>>(
      `WITH noted AS (UPDATE payment_method_collection SET declines = declines + 1
         WHERE id = $1 AND client_id = $2 AND status = 'OPEN' RETURNING declines, way)
       SELECT declines, way FROM noted`,
      [collectionId, clientId],
    ),
  );
  const [visit] = noted;
  if (visit === undefined || visit.declines < DECLINES_MAX) return true;
  if (!(await closeAtProcessor(payments, origin))) return false;
  const now = payments.clock();
  await payments.database.transaction(organizationId, async (tx) => {
    await tx.query(
      `UPDATE payment_method_collection SET status = 'CLOSED' WHERE id = $1 AND status = 'OPEN'`,
      [collectionId],
    );
    await recordChange(tx, {
      actor: byItself('merge-processor-event'),
      action: 'payment_method_collection_closed',
      subject: { type: 'payment_method_collection', id: collectionId },
      dataSubjectId: clientId,
      at: now,
      outcome: 'FAILURE',
      details: { declines: String(visit.declines) },
    });
  });
  return true;
}

/** Refused is as good as done: it is closed already, or a card has come after all. */
async function closeAtProcessor(
  payments: Payments,
  { organizationId, collectionId }: CollectionOrigin,
): Promise<boolean> {
  const { collection, reference } = await payments.database.transaction(organizationId, (tx) =>
    readCollection(payments, tx, collectionId),
  );
  if (reference === null) return true;
  const key = `close_${collectionId}`;
  const { processor } = payments;
  const outcome =
    collection.way === 'HOSTED_PAGE'
      ? await processor.closeCollection({ key, collectionReference: reference })
      : await processor.cancelSetup({ key, setupReference: reference });
  return outcome.kind !== 'UNKNOWN';
}

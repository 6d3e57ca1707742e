import type { Payments } from '../context.ts';
import type { Outcome, SetupFacts } from '../processor/payment-processor.ts';
import { completeCollection } from './complete-collection.ts';
import { readCollection, type CollectionPlace } from './open-collection.ts';
import type { PaymentMethodCollection } from './payment-method-collection.ts';

const MINUTE = 60_000;
/** After the page has closed, an answer of the bank may still be on its way. */
const GRACE_MS = 60 * MINUTE;

/** Asks the processor what became of a visit, and records it. False: it does not answer. */
export async function lookAtCollection(payments: Payments, place: CollectionPlace): Promise<boolean> {
  const { collection, reference } = await payments.database.transaction(place.organizationId, (tx) =>
    readCollection(payments, tx, place.collectionId),
  );
  if (collection.status !== 'OPEN') return true;
  const outcome: Outcome<SetupFacts | null> =
    reference === null
      ? { kind: 'DONE', value: null }
      : await readSetupOf(payments, { way: collection.way, reference });
  if (outcome.kind === 'DONE' && outcome.value !== null) {
    const { organizationId, clientId, id: collectionId } = collection;
    await completeCollection(payments, { organizationId, clientId, collectionId }, outcome.value);
  }
  await lookLater(payments, collection);
  return outcome.kind !== 'UNKNOWN';
}

async function readSetupOf(
  { processor }: Payments,
  { way, reference }: { way: PaymentMethodCollection['way']; reference: string },
): Promise<Outcome<SetupFacts | null>> {
  if (way === 'CLIENT_SIDE') return processor.readSetup(reference);
  const visit = await processor.readCollection(reference);
  if (visit.kind !== 'DONE') return visit;
  const { setupReference } = visit.value;
  return setupReference === null ? { kind: 'DONE', value: null } : processor.readSetup(setupReference);
}

/** Ever later, and not for ever: a visit that brought nothing is closed. */
async function lookLater(payments: Payments, { id, organizationId }: PaymentMethodCollection): Promise<void> {
  const now = payments.clock();
  await payments.database.transaction(organizationId, (tx) =>
    tx.query(
      `UPDATE payment_method_collection SET looks = looks + 1,
         status = CASE WHEN expires_at < $2 THEN 'CLOSED' ELSE status END,
         next_look_at = $3::timestamptz + least(interval '1 hour', interval '5 minutes' * (2 ^ least(looks, 10)))
       WHERE id = $1 AND status = 'OPEN'`,
      [id, new Date(now.getTime() - GRACE_MS), now],
    ),
  );
}

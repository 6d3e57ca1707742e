import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import type { CollectionOrigin, SetupFacts } from '../processor/payment-processor.ts';
import { keepMethod } from './keep-method.ts';
import { lockClient } from './lock-client.ts';
import { PaymentMethodCollection } from './payment-method-collection.ts';
import { PaymentMethod } from './payment-method.ts';
import { replace } from './replace-payment-method.ts';
import { retireMethod } from './retire-methods.ts';

const ACTOR = byItself('complete-collection');

/**
 * Brings a visit forward to what the processor says of its setup: the same for a webhook, for the client who comes back and
 * for the sweep, in any order and any number of times. A card that comes after the visit was closed is kept all the same: it
 * is the client's, and one that nobody knows here could never be detached. False: the visit is not known here (yet).
 */
export async function completeCollection(
  payments: Payments,
  origin: CollectionOrigin,
  setup: SetupFacts,
): Promise<boolean> {
  const { organizationId, collectionId } = origin;
  const spare: string[] = [];
  const known = await payments.database.transaction(organizationId, async (tx) => {
    spare.splice(0);
    const now = payments.clock();
    const found = await tx.manager.findOneBy(PaymentMethodCollection, { id: collectionId });
    if (found?.clientId !== origin.clientId) return false;
    await lockClient(tx, { organizationId, clientId: origin.clientId, now });
    // Read again under the lock: a webhook and the client who comes back arrive together.
    const collection = await tx.manager.findOneByOrFail(PaymentMethodCollection, { id: collectionId });
    if (collection.status === 'COMPLETED') return true;
    if (setup.status === 'CANCELED') {
      await tx.manager.update(PaymentMethodCollection, { id: collectionId }, { status: 'CLOSED' });
    }
    if (setup.status !== 'SUCCEEDED' || setup.method === null) return true;
    const kept = await keep(payments, tx, { collection, facts: setup.method });
    spare.push(...kept.spare);
    await tx.manager.update(
      PaymentMethodCollection,
      { id: collectionId },
      { status: 'COMPLETED', paymentMethodId: kept.method.id },
    );
    return true;
  });
  for (const methodId of spare) await retireMethod(payments, { organizationId, methodId });
  return known;
}

async function keep(
  payments: Payments,
  tx: Transaction,
  { collection, facts }: { collection: PaymentMethodCollection; facts: NonNullable<SetupFacts['method']> },
): Promise<{ method: PaymentMethod; spare: string[] }> {
  const now = payments.clock();
  const { organizationId, clientId, replacesMethodId } = collection;
  const fresh = tx.manager.create(PaymentMethod, {
    id: randomUUID(),
    organizationId,
    clientId,
    status: 'PENDING',
    processorReference: null,
    fingerprintIndex: null,
    setUpAt: null,
    replacedBy: null,
    createdAt: now,
    lastUsedAt: now,
  });
  await tx.manager.insert(PaymentMethod, fresh);
  const method = await keepMethod({ payments, tx, setUpAt: now }, fresh, facts);
  await recordChange(tx, {
    actor: ACTOR,
    action: 'payment_method_added',
    subject: { type: 'payment_method', id: method.id },
    dataSubjectId: clientId,
    at: now,
    details: { collectionId: collection.id },
  });
  const old =
    replacesMethodId === null ? null : await tx.manager.findOneBy(PaymentMethod, { id: replacesMethodId });
  if (old !== null) await replace({ payments, tx, actor: ACTOR }, { from: old, to: method });
  return { method, spare: [fresh.id, ...(old === null ? [] : [old.id])].filter((id) => id !== method.id) };
}

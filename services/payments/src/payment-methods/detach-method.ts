import type { Payments } from '../context.ts';
import { openReference } from '../processor/sealed-reference.ts';
import type { MethodPlace } from './attach-method.ts';
import { PaymentMethod } from './payment-method.ts';

/** Detached already, or never known there: what was wanted is so. */
const GONE = new Set(['payment_method_unexpected_state', 'resource_missing']);

/**
 * Takes the token out of use, at the processor first: a token that only we forgot could still be charged. False when the
 * processor did not answer; asking again is safe.
 */
export async function detachMethod(
  payments: Payments,
  { organizationId, methodId }: MethodPlace,
): Promise<boolean> {
  const { keyring, database, processor } = payments;
  const reference = await database.transaction(organizationId, async (tx) => {
    const method = await tx.manager.findOneByOrFail(PaymentMethod, { id: methodId });
    const { clientId, processorReference: sealed } = method;
    return openReference({ keyring, tx, sealed }, { table: 'payment_method', rowId: methodId, clientId });
  });
  if (reference === null) return true;
  const outcome = await processor.detachMethod({ key: `detach_${methodId}`, methodReference: reference });
  return outcome.kind === 'DONE' || (outcome.kind === 'REJECTED' && GONE.has(outcome.code));
}

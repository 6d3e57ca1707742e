import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { verdictOn } from '../fraud/assess-payment.ts';
import { refuseLikeABank } from '../fraud/refuse-like-a-bank.ts';
import type { MethodFacts, Outcome } from '../processor/payment-processor.ts';
import { openReference, sealReference } from '../processor/sealed-reference.ts';
import { keepMethod } from './keep-method.ts';
import { lockClient } from './lock-client.ts';
import { PaymentMethod } from './payment-method.ts';
import { ProcessorCustomer } from './processor-customer.ts';
import { retireMethod } from './retire-methods.ts';

export interface MethodPlace {
  organizationId: string;
  methodId: string;
}

/**
 * Finishes adding a payment method, however often it was begun: the keys at the processor are our rows' own ids, so a
 * repetition creates no second customer and attaches nothing twice.
 */
export async function attachMethod(
  payments: Payments,
  place: MethodPlace,
): Promise<PaymentMethod | 'UNKNOWN'> {
  const { database, processor } = payments;
  const start = await database.transaction(place.organizationId, (tx) =>
    readPending(payments, tx, place.methodId),
  );
  if (start.method.status !== 'PENDING') {
    return database.transaction(place.organizationId, (tx) => standsFor(tx, start.method));
  }
  const { method, customer, token } = start;
  // The client was erased meanwhile: nothing is left to attach.
  if (token === null) return record(payments, place, { kind: 'REJECTED', code: 'references_gone' });
  const customerReference = start.customerReference ?? (await createCustomer(payments, customer));
  if (customerReference === null) return 'UNKNOWN';
  const key = `attach_${method.id}`;
  const outcome = start.isBlocked
    ? await refuseLikeABank(processor, method.id)
    : await processor.attachMethod({ key, token, customerReference });
  if (outcome.kind !== 'UNKNOWN') return record(payments, place, outcome);
  payments.log.warn({ paymentMethodId: method.id, why: outcome.why }, 'a payment method is not attached yet');
  return 'UNKNOWN';
}

async function readPending({ keyring }: Payments, tx: Transaction, methodId: string) {
  const method = await tx.manager.findOneByOrFail(PaymentMethod, { id: methodId });
  const { clientId, organizationId } = method;
  const customer = await tx.manager.findOneByOrFail(ProcessorCustomer, { organizationId, clientId });
  const open = (table: 'payment_method' | 'processor_customer', row: PaymentMethod | ProcessorCustomer) =>
    openReference({ keyring, tx, sealed: row.processorReference }, { table, rowId: row.id, clientId });
  return {
    method,
    customer,
    isBlocked: (await verdictOn(tx, { broughtMethodId: methodId }))?.outcome === 'BLOCK',
    token: await open('payment_method', method),
    customerReference: await open('processor_customer', customer),
  };
}

/** Makes the client known to the processor, under the row's own id however often. Null: it does not answer. */
export async function createCustomer(
  payments: Payments,
  customer: ProcessorCustomer,
): Promise<string | null> {
  const { id, organizationId, clientId } = customer;
  const key = `customer_${id}`;
  const created = await payments.processor.createCustomer({ key, organizationId, clientId });
  if (created.kind !== 'DONE') {
    const why = created.kind === 'UNKNOWN' ? created.why : created.code;
    payments.log.warn({ why }, 'a client could not be made known to the payment processor');
    return null;
  }
  const { keyring } = payments;
  await payments.database.transaction(organizationId, async (tx) => {
    const place = { table: 'processor_customer', rowId: id, clientId } as const;
    const sealed = await sealReference({ keyring, tx, reference: created.value }, place);
    await tx.manager.update(ProcessorCustomer, id, { processorReference: sealed });
  });
  return created.value;
}

async function record(
  payments: Payments,
  { organizationId, methodId }: MethodPlace,
  outcome: Exclude<Outcome<MethodFacts>, { kind: 'UNKNOWN' }>,
): Promise<PaymentMethod> {
  const { database, clock } = payments;
  const kept = await database.transaction(organizationId, async (tx) => {
    const { clientId } = await tx.manager.findOneByOrFail(PaymentMethod, { id: methodId });
    await lockClient(tx, { organizationId, clientId, now: clock() });
    const method = await tx.manager.findOneByOrFail(PaymentMethod, { id: methodId });
    if (method.status !== 'PENDING') return standsFor(tx, method);
    if (outcome.kind === 'REJECTED') {
      Object.assign(method, { status: 'DELETED', processorReference: null });
      return tx.manager.save(method);
    }
    return keepMethod({ payments, tx, setUpAt: null }, method, outcome.value);
  });
  if (kept.id !== methodId) await retireMethod(payments, { organizationId, methodId });
  return kept;
}

/** The row itself, or the one that shows the same card. */
async function standsFor(tx: Transaction, method: PaymentMethod): Promise<PaymentMethod> {
  if (method.replacedBy === null) return method;
  return tx.manager.findOneByOrFail(PaymentMethod, { id: method.replacedBy });
}

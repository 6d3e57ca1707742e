import { randomUUID } from 'node:crypto';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { assessPayment } from '../fraud/assess-payment.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { sealReference } from '../processor/sealed-reference.ts';
import type { AddPaymentMethodInput } from '../schema-types.ts';
import { attachMethod } from './attach-method.ts';
import { lockClient, refuseTooManyMethods } from './lock-client.ts';
import { PaymentMethod } from './payment-method.ts';

/** What the payment processor calls its payment methods. A card number does not look like this. */
const TOKEN = /^pm_[A-Za-z0-9_]{4,200}$/;

/** Keeps a payment method: written down first, then attached to the client at the processor. Null: refused. */
export async function addPaymentMethod(
  context: PaymentsContext,
  { token, idempotencyKey: key }: AddPaymentMethodInput,
): Promise<PaymentMethod | 'REFUSED' | 'CONFLICT'> {
  const { organizationId, accountId } = askingAccount(context);
  if (!TOKEN.test(token)) {
    throw refused.badInput('Please send the token that the payment form gave you, never a card number.', {
      field: 'input.token',
    });
  }
  let methodId: string;
  try {
    methodId = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const operation = 'addPaymentMethod';
      return onceByKey(tx, { actor: accountId, operation, key, request: { token } }, () =>
        begin(context, tx, { clientId: accountId, token }),
      );
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
  // Also when this is a repetition: an attempt that broke off is finished now.
  const method = await attachMethod(context.payments, { organizationId, methodId });
  if (method === 'UNKNOWN') {
    throw refused.unavailable(
      'The payment provider does not answer. Please try again with the same request.',
    );
  }
  return method.status === 'ACTIVE' ? method : 'REFUSED';
}

async function begin(
  { payments, caller }: PaymentsContext,
  tx: Transaction,
  { clientId, token }: { clientId: string; token: string },
): Promise<string> {
  const now = payments.clock();
  const { organizationId } = caller;
  if (organizationId === null) throw refused.unauthenticated();
  await lockClient(tx, { organizationId, clientId, now });
  await refuseTooManyMethods(tx, { clientId, now });
  const id = randomUUID();
  const { keyring } = payments;
  const place = { table: 'payment_method', rowId: id, clientId } as const;
  await tx.manager.insert(PaymentMethod, {
    id,
    organizationId,
    clientId,
    status: 'PENDING',
    processorReference: await sealReference({ keyring, tx, reference: token }, place),
    createdAt: now,
    lastUsedAt: now,
  });
  // Whoever tries out stolen cards tries them here, too.
  await assessPayment(payments, tx, { caller, clientId, methodId: id, method: null, amountMinor: null, now });
  await recordChange(tx, {
    actor: caller,
    action: 'payment_method_added',
    subject: { type: 'payment_method', id },
    dataSubjectId: clientId,
    at: now,
  });
  return id;
}

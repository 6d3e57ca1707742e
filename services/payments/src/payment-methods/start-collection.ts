import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { assessPayment } from '../fraud/assess-payment.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { StartPaymentMethodCollectionInput } from '../schema-types.ts';
import { lockClient, refuseTooManyMethods } from './lock-client.ts';
import { openCollection, type OpenedCollection } from './open-collection.ts';
import { PaymentMethodCollection } from './payment-method-collection.ts';
import { PaymentMethod } from './payment-method.ts';

/** The processor keeps its page open for half an hour at least; an hour is enough to look for a card. */
const OPEN_MS = 60 * 60_000;
/** Whoever comes back asks at once; this is for those who never do. */
const FIRST_LOOK_MS = 5 * 60_000;

/**
 * Begins to collect a card without it ever passing here: on the processor's own page, or in the processor's form inside an
 * app. Written down first; a repetition with the same key opens the same page.
 */
export async function startCollection(
  context: PaymentsContext,
  { way, returnUrl, replacesPaymentMethodId, idempotencyKey: key }: StartPaymentMethodCollectionInput,
): Promise<OpenedCollection | 'REFUSED' | 'CONFLICT'> {
  const { payments } = context;
  const { organizationId, accountId } = askingAccount(context);
  const returnTo = way === 'HOSTED_PAGE' ? checkedReturnUrl(payments.returnOrigins, returnUrl ?? null) : null;
  const replaces = replacesPaymentMethodId ?? null;
  let collectionId: string;
  try {
    collectionId = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const operation = 'startPaymentMethodCollection';
      const request = { way, returnTo, replaces };
      return onceByKey(tx, { actor: accountId, operation, key, request }, () =>
        begin(context, tx, { way, replaces }),
      );
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
  const opened = await openCollection(payments, { organizationId, collectionId, returnTo });
  if (opened !== null) return opened;
  throw refused.unavailable('The payment provider does not answer. Please try again with the same request.');
}

/** Only to pages that whoever runs this has named: an address of somebody else's would look as if it were ours. */
function checkedReturnUrl(origins: readonly string[], returnUrl: string | null): string {
  const url = returnUrl === null ? null : URL.parse(returnUrl);
  if (url === null || !origins.includes(url.origin)) {
    throw refused.badInput(
      'Please say where the payment page sends people back to: an address of an app that is known here.',
      { field: 'input.returnUrl' },
    );
  }
  return url.href;
}

async function begin(
  { payments, ability, caller }: PaymentsContext,
  tx: Transaction,
  { way, replaces }: { way: PaymentMethodCollection['way']; replaces: string | null },
): Promise<string> {
  const now = payments.clock();
  const { organizationId, accountId: clientId } = caller;
  if (organizationId === null || clientId === null) throw refused.unauthenticated();
  await lockClient(tx, { organizationId, clientId, now });
  const old =
    replaces === null
      ? null
      : await ifUuid(replaces, () => tx.manager.findOneBy(PaymentMethod, { id: replaces }));
  const mayReplace = old !== null && may(ability, 'remove', 'PaymentMethod', old);
  if (replaces !== null && !mayReplace) throw refused.notFound('payment method');
  // A card that goes makes room for the one that comes.
  if (old === null) await refuseTooManyMethods(tx, { clientId, now });
  const id = randomUUID();
  await tx.manager.insert(PaymentMethodCollection, {
    id,
    organizationId,
    clientId,
    way,
    status: 'OPEN',
    processorReference: null,
    replacesMethodId: old?.id ?? null,
    paymentMethodId: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + OPEN_MS),
    nextLookAt: new Date(now.getTime() + FIRST_LOOK_MS),
    looks: 0,
    declines: 0,
  });
  // Stolen cards are tried out where they are kept, before anything is paid.
  const attempt = {
    caller,
    clientId,
    methodId: null,
    collectionId: id,
    method: null,
    amountMinor: null,
    now,
  };
  const { outcome } = await assessPayment(payments, tx, attempt);
  if (outcome === 'BLOCK') await tx.manager.update(PaymentMethodCollection, { id }, { status: 'CLOSED' });
  await recordChange(tx, {
    actor: caller,
    action: 'payment_method_collection_started',
    subject: { type: 'payment_method_collection', id },
    dataSubjectId: clientId,
    at: now,
    details: { way },
  });
  return id;
}

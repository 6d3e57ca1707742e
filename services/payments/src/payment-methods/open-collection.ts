import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { verdictOn } from '../fraud/assess-payment.ts';
import { refuseLikeABank } from '../fraud/refuse-like-a-bank.ts';
import type { Outcome } from '../processor/payment-processor.ts';
import { openReference, sealReference } from '../processor/sealed-reference.ts';
import { createCustomer } from './attach-method.ts';
import { PaymentMethodCollection } from './payment-method-collection.ts';
import { ProcessorCustomer } from './processor-customer.ts';

export interface CollectionPlace {
  organizationId: string;
  collectionId: string;
}

/** What the client needs to give their card to the processor; neither is ever stored or logged here. */
export interface OpenedCollection {
  collection: PaymentMethodCollection;
  url: string | null;
  clientSecret: string | null;
}

/**
 * Opens the visit at the processor, or finds the one that was opened before. Null: the processor does not answer. What the
 * rules block is refused after the work of an opening, so that the time it takes tells nothing either.
 */
export async function openCollection(
  payments: Payments,
  { returnTo, ...place }: CollectionPlace & { returnTo: string | null },
): Promise<OpenedCollection | 'REFUSED' | null> {
  const start = await payments.database.transaction(place.organizationId, (tx) =>
    readCollection(payments, tx, place.collectionId),
  );
  const { collection, customer, reference, verdict } = start;
  const isBlocked = verdict?.outcome === 'BLOCK';
  if (collection.status !== 'OPEN' && !isBlocked) return { collection, url: null, clientSecret: null };
  const customerReference = start.customerReference ?? (await createCustomer(payments, customer));
  if (customerReference === null) return null;
  if (isBlocked) {
    await refuseLikeABank(payments.processor, collection.id);
    return 'REFUSED';
  }
  // Whatever the rules found: the bank asks who holds the card.
  const demandAuthentication = verdict !== null && verdict.outcome !== 'ALLOW';
  const visit = { payments, collection, customerReference, reference, returnTo, demandAuthentication };
  const outcome = collection.way === 'HOSTED_PAGE' ? await openPage(visit) : await openForm(visit);
  if (outcome.kind !== 'DONE') {
    const why = outcome.kind === 'UNKNOWN' ? outcome.why : outcome.code;
    payments.log.warn({ collectionId: collection.id, why }, 'a card page could not be opened');
    return null;
  }
  const { url, clientSecret } = outcome.value;
  if (reference === null) await note(payments, collection, outcome.value.reference);
  return { collection, url, clientSecret };
}

interface Visit {
  payments: Payments;
  collection: PaymentMethodCollection;
  customerReference: string;
  reference: string | null;
  returnTo: string | null;
  demandAuthentication: boolean;
}

type Opened = Outcome<{ reference: string; url: string | null; clientSecret: string | null }>;

const keyOfCollection = ({ id }: PaymentMethodCollection): string => `collection_${id}`;
const originOf = ({ id, organizationId, clientId }: PaymentMethodCollection) => ({
  organizationId,
  clientId,
  collectionId: id,
});

async function openPage(visit: Visit): Promise<Opened> {
  const { payments, collection, customerReference, reference, returnTo, demandAuthentication } = visit;
  const { processor } = payments;
  const back = new URL(returnTo ?? 'about:blank');
  // A random id without any power: so that an app that lost its memory on the way knows what to ask about.
  back.searchParams.set('collection', collection.id);
  const outcome =
    reference === null
      ? await processor.createCollection({
          key: keyOfCollection(collection),
          customerReference,
          origin: originOf(collection),
          returnUrl: back.href,
          cancelUrl: back.href,
          expiresAt: collection.expiresAt,
          demandAuthentication,
          payment: null,
        })
      : await processor.readCollection(reference);
  if (outcome.kind !== 'DONE') return outcome;
  const { reference: found, url } = outcome.value;
  return { kind: 'DONE', value: { reference: found, url, clientSecret: null } };
}

async function openForm(visit: Visit): Promise<Opened> {
  const { payments, collection, customerReference, reference, demandAuthentication } = visit;
  const { processor } = payments;
  const key = keyOfCollection(collection);
  const request = { key, customerReference, origin: originOf(collection), demandAuthentication };
  const outcome =
    reference === null ? await processor.createSetup(request) : await processor.readSetup(reference);
  if (outcome.kind !== 'DONE') return outcome;
  const { reference: found, clientSecret } = outcome.value;
  return { kind: 'DONE', value: { reference: found, url: null, clientSecret } };
}

/** The visit, and what the processor calls it. */
export async function readCollection({ keyring }: Payments, tx: Transaction, id: string) {
  const collection = await tx.manager.findOneByOrFail(PaymentMethodCollection, { id });
  const { clientId, organizationId } = collection;
  const customer = await tx.manager.findOneByOrFail(ProcessorCustomer, { organizationId, clientId });
  const visit = { table: 'payment_method_collection', rowId: id, clientId } as const;
  const known = { table: 'processor_customer', rowId: customer.id, clientId } as const;
  return {
    collection,
    customer,
    verdict: await verdictOn(tx, { collectionId: id }),
    reference: await openReference({ keyring, tx, sealed: collection.processorReference }, visit),
    customerReference: await openReference({ keyring, tx, sealed: customer.processorReference }, known),
  };
}

async function note(
  { keyring, database }: Payments,
  { id, clientId, organizationId }: PaymentMethodCollection,
  reference: string,
): Promise<void> {
  await database.transaction(organizationId, async (tx) => {
    const place = { table: 'payment_method_collection', rowId: id, clientId } as const;
    const processorReference = await sealReference({ keyring, tx, reference }, place);
    await tx.manager.update(PaymentMethodCollection, { id }, { processorReference });
  });
}

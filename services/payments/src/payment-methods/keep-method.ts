import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { MethodFacts } from '../processor/payment-processor.ts';
import { openReference, sealReference } from '../processor/sealed-reference.ts';
import { PaymentMethod } from './payment-method.ts';

/**
 * Makes a card usable here. A card that the client has already is shown once: its row stays, with all that hangs on it, takes
 * the token that lasts longer, and the other token retires with the new row. Called under the client's lock.
 */
export async function keepMethod(
  { payments, tx, setUpAt }: { payments: Payments; tx: Transaction; setUpAt: Date | null },
  method: PaymentMethod,
  facts: MethodFacts,
): Promise<PaymentMethod> {
  const { keyring } = payments;
  const { fingerprint, reference, ...card } = facts;
  const index = { table: 'payment_method', column: 'fingerprint_index' };
  const fingerprintIndex = fingerprint === null ? null : await keyring.blindIndex(tx, index, fingerprint);
  const same = fingerprintIndex === null ? null : await findSameCard(tx, method, fingerprintIndex);
  if (same === null) {
    Object.assign(method, card, { status: 'ACTIVE', fingerprintIndex, setUpAt });
    method.processorReference = await seal(payments, tx, { method, reference });
    return tx.manager.save(method);
  }
  const kept = await open(payments, tx, same);
  const lastsLonger = monthsOf(card) > monthsOf(same) || same.status === 'EXPIRED';
  const better = lastsLonger || (setUpAt !== null && same.setUpAt === null);
  const spare = better ? kept : reference;
  if (better) {
    Object.assign(same, card, { status: 'ACTIVE' });
    same.processorReference = await seal(payments, tx, { method: same, reference });
  }
  same.setUpAt = setUpAt ?? same.setUpAt;
  const { brand, last4, expiryMonth, expiryYear } = card;
  Object.assign(method, { brand, last4, expiryMonth, expiryYear, replacedBy: same.id });
  // The very same token twice: detaching it would take the card itself away.
  const nothingSpare = spare === null || kept === reference;
  method.status = nothingSpare ? 'DELETED' : 'RETIRING';
  method.processorReference = nothingSpare ? null : await seal(payments, tx, { method, reference: spare });
  await tx.manager.save(method);
  return tx.manager.save(same);
}

function findSameCard(
  tx: Transaction,
  { clientId, id }: PaymentMethod,
  fingerprintIndex: Buffer,
): Promise<PaymentMethod | null> {
  return tx.manager
    .createQueryBuilder(PaymentMethod, 'method')
    .where('method.clientId = :clientId AND method.id <> :id', { clientId, id })
    .andWhere("method.status IN ('ACTIVE', 'EXPIRED') AND method.fingerprintIndex = :fingerprintIndex", {
      fingerprintIndex,
    })
    .orderBy('method.createdAt')
    .setLock('pessimistic_write')
    .getOne();
}

const monthsOf = (card: { expiryYear: number | null; expiryMonth: number | null }): number =>
  (card.expiryYear ?? 0) * 12 + (card.expiryMonth ?? 0);

const placeOf = ({ id, clientId }: PaymentMethod) =>
  ({ table: 'payment_method', rowId: id, clientId }) as const;

const seal = (
  { keyring }: Payments,
  tx: Transaction,
  { method, reference }: { method: PaymentMethod; reference: string },
) => sealReference({ keyring, tx, reference }, placeOf(method));

const open = ({ keyring }: Payments, tx: Transaction, method: PaymentMethod) =>
  openReference({ keyring, tx, sealed: method.processorReference }, placeOf(method));

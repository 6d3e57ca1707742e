import type { Transaction } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';

export type ReferencedTable =
  'payment' | 'payment_method' | 'payment_method_collection' | 'processor_customer' | 'refund' | 'dispute';

interface Place {
  table: ReferencedTable;
  rowId: string;
  clientId: string;
}

const placeOf = ({ table, rowId, clientId }: Place) => ({
  subjectId: clientId,
  fieldClass: 'payment_reference' as const,
  table,
  column: 'processor_reference',
  rowId,
});

/** A reference at the processor is only ever stored under the client's own key, bound to its row. */
export async function sealReference(
  { keyring, tx, reference }: { keyring: Keyring; tx: Transaction; reference: string },
  place: Place,
): Promise<Buffer> {
  return keyring.seal(tx, placeOf(place), reference);
}

/** Null when there is none or the client was erased. */
export async function openReference(
  { keyring, tx, sealed }: { keyring: Keyring; tx: Transaction; sealed: Buffer | null },
  place: Place,
): Promise<string | null> {
  return keyring.open(tx, placeOf(place), sealed);
}

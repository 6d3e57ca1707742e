import { In } from 'typeorm';
import type { Transaction } from '@kept/database';
import { openBatchLoader } from '@kept/subgraph-kit';
import { BookingReference } from './bookings/booking-reference.ts';
import type { EvidenceEntry } from './disputes/evidence.ts';
import { openEvidenceLoader } from './disputes/load-evidence.ts';
import type { Fee } from './fees/fee.ts';
import { openFeesLoader } from './fees/load-fees.ts';
import { PaymentMethod } from './payment-methods/payment-method.ts';
import { Payment } from './payments/payment.ts';
import { readLines, type PaymentLineRow } from './receipts/payment-line.ts';
import { readPolicy, type PaymentPolicy } from './policy/payment-policy.ts';
import { Refund } from './refunds/refund.ts';

/** What one request reads of many rows at once: a page of bookings costs as many queries as one booking. */
export interface Loaders {
  booking(id: string): Promise<BookingReference | undefined>;
  payment(id: string): Promise<Payment | undefined>;
  method(id: string): Promise<PaymentMethod | undefined>;
  /** How the organization takes money. */
  policy(): Promise<PaymentPolicy>;
  /** Newest first, at most fifty. */
  paymentsOfBooking(bookingId: string): Promise<Payment[]>;
  /** Newest first, at most fifty. */
  refundsOfPayment(paymentId: string): Promise<Refund[]>;
  /** Oldest first, at most two. */
  feesOfBooking(bookingId: string): Promise<Fee[]>;
  /** What happened around a booking until then, oldest first, at most 200. */
  evidence(wanted: { bookingId: string; until: Date }): Promise<EvidenceEntry[]>;
  /** As they stand on the receipt. */
  linesOfPayment(paymentId: string): Promise<PaymentLineRow[]>;
}

type InTransaction = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;

const LISTED_MAX = 50;
const newestFirst = { createdAt: 'DESC', id: 'ASC' } as const;

/** The newest of each list, found through its index, however long the lists are. */
const newestOf = (table: 'payment' | 'refund', owner: 'booking_id' | 'payment_id') => `
  SELECT newest.id FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT id FROM ${table} WHERE ${owner} = wanted.id ORDER BY created_at DESC, id LIMIT ${LISTED_MAX}) AS newest`;

// The graph takes an id in capitals as well; PostgreSQL answers in small letters.
const keyOf = (id: string): string => id.toLowerCase();

function linesLoader(inTransaction: InTransaction) {
  const load = openBatchLoader(keyOf, async (paymentIds: string[]) => {
    const lists = new Map<string, PaymentLineRow[]>();
    for (const row of await inTransaction((tx) => readLines(tx, paymentIds))) {
      lists.set(row.paymentId, [...(lists.get(row.paymentId) ?? []), row]);
    }
    return lists;
  });
  return async (paymentId: string): Promise<PaymentLineRow[]> => (await load(paymentId)) ?? [];
}

/** Opens the loaders of one request; `inTransaction` is one in the organization that the caller asks. */
export function openLoaders(inTransaction: InTransaction): Loaders {
  const one = <Row>(idOf: (row: Row) => string, find: (tx: Transaction, ids: string[]) => Promise<Row[]>) =>
    openBatchLoader(keyOf, async (ids: string[]) => {
      const rows = await inTransaction((tx) => find(tx, ids));
      return new Map(rows.map((row) => [idOf(row), row]));
    });
  const listed = <Row>(
    newest: string,
    ownerOf: (row: Row) => string,
    find: (tx: Transaction, ids: string[]) => Promise<Row[]>,
  ) => {
    const load = openBatchLoader(keyOf, async (owners: string[]) => {
      const rows = await inTransaction(async (tx) => {
        const found = await tx.query<{ id: string }>(newest, [owners]);
        return find(
          tx,
          found.map(({ id }) => id),
        );
      });
      const lists = new Map<string, Row[]>();
      for (const row of rows) lists.set(ownerOf(row), [...(lists.get(ownerOf(row)) ?? []), row]);
      return lists;
    });
    return async (owner: string): Promise<Row[]> => (await load(owner)) ?? [];
  };
  let policy: Promise<PaymentPolicy> | undefined;
  return {
    booking: one(
      ({ bookingId }) => bookingId,
      (tx, ids) => tx.manager.findBy(BookingReference, { bookingId: In(ids) }),
    ),
    payment: one(
      ({ id }) => id,
      (tx, ids) => tx.manager.findBy(Payment, { id: In(ids) }),
    ),
    method: one(
      ({ id }) => id,
      (tx, ids) => tx.manager.findBy(PaymentMethod, { id: In(ids) }),
    ),
    feesOfBooking: openFeesLoader(inTransaction),
    evidence: openEvidenceLoader(inTransaction),
    policy: () => (policy ??= inTransaction((tx) => readPolicy(tx))),
    paymentsOfBooking: listed(
      newestOf('payment', 'booking_id'),
      ({ bookingId }) => bookingId ?? '',
      (tx, ids) => tx.manager.find(Payment, { where: { id: In(ids) }, order: newestFirst }),
    ),
    linesOfPayment: linesLoader(inTransaction),
    refundsOfPayment: listed(
      newestOf('refund', 'payment_id'),
      ({ paymentId }) => paymentId,
      (tx, ids) => tx.manager.find(Refund, { where: { id: In(ids) }, order: newestFirst }),
    ),
  };
}

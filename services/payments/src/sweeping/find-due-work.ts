import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import { SENDING_MS } from '../operations/begin-op.ts';
import type { OpPlace } from '../operations/send-op.ts';
import type { MethodPlace } from '../payment-methods/attach-method.ts';
import { lookAfterCards } from '../payment-methods/look-after-cards.ts';
import type { CollectionPlace } from '../payment-methods/open-collection.ts';
import { findRetiring } from '../payment-methods/retire-methods.ts';

/** Small, so that one organization's work is soon followed by the next one's; the sweep comes again until nothing is due. */
const PER_ORGANIZATION_MAX = 50;
/** A process that died between writing a payment method down and attaching it leaves it to the sweep after this long. */
const ATTACHING_MS = 10 * 60_000;

/** What is due in one organization. */
export interface DueWork {
  organizationId: string;
  /** Operations whose outcome is to be looked up. */
  ops: OpPlace[];
  /** Payments whose booking may ask something of them. */
  payments: { organizationId: string; paymentId: string }[];
  /** Payment methods that were begun and not finished. */
  methods: MethodPlace[];
  /** Payment methods to be detached. */
  retiring: MethodPlace[];
  /** Visits to the card page that nobody came back from. */
  collections: CollectionPlace[];
}

/**
 * What the rows say is due, whatever became of the jobs; one short transaction per organization. Whatever is found is not
 * found again for a while, so that what cannot be finished never stands before what can.
 */
export async function findDueWork(payments: Payments): Promise<DueWork[]> {
  const due: DueWork[] = [];
  const find = async (tx: Transaction, organizationId: string) => {
    const now = payments.clock();
    const found = {
      organizationId,
      ops: (await claimDueOps(tx, now)).map((opId) => ({ organizationId, opId })),
      payments: (await claimDuePayments(tx, now)).map((paymentId) => ({ organizationId, paymentId })),
      methods: (await findPending(tx, now)).map((methodId) => ({ organizationId, methodId })),
      retiring: (await findRetiring(tx, PER_ORGANIZATION_MAX)).map((methodId) => ({
        organizationId,
        methodId,
      })),
      collections: (await claimVisits(tx, now)).map((collectionId) => ({ organizationId, collectionId })),
    };
    await lookAfterCards(tx, now);
    const { ops, payments: settling, methods, retiring, collections } = found;
    if ([ops, settling, methods, retiring, collections].some(({ length }) => length > 0)) due.push(found);
  };
  try {
    await payments.database.forEachOrganization('sweep-payments', find);
  } catch (error) {
    // What was found of the others is claimed already: the trouble of one organization is not theirs.
    payments.log.error({ err: error }, 'what is due could not be found everywhere');
  }
  return due;
}

/** The next check moves on at once, so that two sweeps do not look after the same operation. */
async function claimDueOps(tx: Transaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE payment_op SET next_check_at = $2
     WHERE id IN (SELECT id FROM payment_op WHERE state IN ('REQUESTED', 'UNKNOWN') AND next_check_at <= $1
                  ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [now, new Date(now.getTime() + SENDING_MS), PER_ORGANIZATION_MAX],
  );
  return rows.map(({ id }) => id);
}

/** Whoever comes back in vain comes back later each time, after 1, 2, 4… minutes and at most a day; success resets that. */
async function claimDuePayments(tx: Transaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE payment SET settle_attempts = settle_attempts + 1,
       settle_due_at = $1::timestamptz + least(interval '1 day', interval '1 minute' * (2 ^ least(settle_attempts, 20)))
     WHERE id IN (SELECT id FROM payment WHERE settle_due_at <= $1
                  ORDER BY settle_attempts, settle_due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [now, PER_ORGANIZATION_MAX],
  );
  return rows.map(({ id }) => id);
}

async function claimVisits(tx: Transaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE payment_method_collection SET next_look_at = $1::timestamptz + interval '5 minutes'
     WHERE id IN (SELECT id FROM payment_method_collection WHERE status = 'OPEN' AND next_look_at <= $1
                  ORDER BY next_look_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [now, PER_ORGANIZATION_MAX],
  );
  return rows.map(({ id }) => id);
}

/** In any order: what the processor does not answer about must not keep the rest from being found. */
async function findPending(tx: Transaction, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM payment_method WHERE status = 'PENDING' AND created_at <= $1 ORDER BY random() LIMIT $2`,
    [new Date(now.getTime() - ATTACHING_MS), PER_ORGANIZATION_MAX],
  );
  return rows.map(({ id }) => id);
}

import type { Transaction } from '@kept/database';
import type { PassCode } from '../schema-types.ts';

/** So many appointments, paid for in advance. The counter moves with its redemptions, by a trigger. */
export interface Pass {
  readonly id: string;
  readonly organizationId: string;
  readonly clientId: string;
  readonly productId: string;
  readonly credits: number;
  readonly used: number;
  readonly timeZone: string;
  readonly validUntil: Date;
  readonly grantedAt: Date;
  /** The purchase it was bought by; null when somebody of the business gave it. */
  readonly purchaseId: string | null;
  /** When it was given back, and for which refund. */
  readonly revokedAt: Date | null;
  readonly revokedFor: string | null;
}

/** One credit of a pass, used for one booking. */
export interface Redemption {
  readonly bookingId: string;
  readonly redeemedAt: Date;
  readonly returnedAt: Date | null;
}

const COLUMNS = `p.id, p.organization_id AS "organizationId", p.client_id AS "clientId", p.product_id AS "productId",
  p.credits, p.used, p.time_zone AS "timeZone", p.valid_until AS "validUntil", p.granted_at AS "grantedAt",
  p.purchase_id AS "purchaseId", p.revoked_at AS "revokedAt", p.revoked_for AS "revokedFor"`;

/** More than anybody has; older ones come after those that end last. */
const PASSES_MAX = 200;

/** A pass as it is. */
export async function findPass(tx: Transaction, id: string): Promise<Pass | null> {
  const [pass] = await tx.query<Pass>(`SELECT ${COLUMNS} FROM pass p WHERE p.id = $1`, [id]);
  return pass ?? null;
}

/** Passes are locked last of all: after bookings, allocations and counters. */
export async function lockPass(tx: Transaction, id: string): Promise<Pass | null> {
  const [pass] = await tx.query<Pass>(`SELECT ${COLUMNS} FROM pass p WHERE p.id = $1 FOR UPDATE`, [id]);
  return pass ?? null;
}

/** The pass that came of a purchase. */
export async function lockPassOf(tx: Transaction, purchaseId: string): Promise<Pass | null> {
  const of = `SELECT ${COLUMNS} FROM pass p WHERE p.purchase_id = $1 FOR UPDATE`;
  const [pass] = await tx.query<Pass>(of, [purchaseId]);
  return pass ?? null;
}

/** The passes that came of purchases: one query for all. */
export async function passesOfPurchases(
  tx: Transaction,
  purchaseIds: readonly string[],
): Promise<Map<string, Pass>> {
  const of = `SELECT ${COLUMNS} FROM pass p WHERE p.purchase_id = ANY ($1::uuid[])`;
  const passes = await tx.query<Pass & { purchaseId: string }>(of, [purchaseIds]);
  return new Map(passes.map((pass) => [pass.purchaseId, pass]));
}

/** A client's passes; those that can still be used come first, the one that ends soonest before the others. */
export function passesOf(
  tx: Transaction,
  { clientId, now }: { clientId: string; now: Date },
): Promise<Pass[]> {
  return tx.query<Pass>(
    `SELECT ${COLUMNS} FROM pass p WHERE p.client_id = $1
     ORDER BY p.valid_until <= $2 OR p.revoked_at IS NOT NULL, p.valid_until, p.id LIMIT ${PASSES_MAX}`,
    [clientId, now],
  );
}

/** Why a pass cannot pay for an appointment; the same is kept by constraints of `pass`. */
export function refusalOfPass(pass: Pass, booking: { startsAt: Date; covered: boolean }): PassCode | null {
  if (pass.revokedAt !== null) return 'GIVEN_BACK';
  if (!booking.covered) return 'NOT_COVERED';
  if (booking.startsAt >= pass.validUntil) return 'NOT_VALID_THEN';
  return pass.used < pass.credits ? null : 'NO_CREDIT_LEFT';
}

const SENTENCES: Readonly<Record<PassCode, string>> = {
  NOT_COVERED: 'This pass is not good for this service.',
  NO_CREDIT_LEFT: 'Every appointment of this pass is used. Please choose another pass or pay for this one.',
  NOT_VALID_THEN: 'This pass ends before the appointment. Please choose an earlier time or another pass.',
  GIVEN_BACK: 'This pass was given back, and its money with it. Please choose another one.',
};

export interface PassRefused {
  __typename: 'PassRefused';
  code: PassCode;
  message: string;
}

export function passRefused(code: PassCode): PassRefused {
  return { __typename: 'PassRefused', code, message: SENTENCES[code] };
}

/** What passes were used for, in order: one query for all. */
export async function redemptionsOf(
  tx: Transaction,
  passIds: readonly string[],
): Promise<Map<string, Redemption[]>> {
  const rows = await tx.query<Redemption & { passId: string }>(
    `SELECT pass_id AS "passId", booking_id AS "bookingId", redeemed_at AS "redeemedAt", returned_at AS "returnedAt"
     FROM pass_redemption WHERE pass_id = ANY ($1::uuid[]) ORDER BY redeemed_at, booking_id`,
    [passIds],
  );
  return new Map(passIds.map((id) => [id, rows.filter(({ passId }) => passId === id)]));
}

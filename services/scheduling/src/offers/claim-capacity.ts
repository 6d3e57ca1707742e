import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import {
  slotUnavailable,
  violationOf,
  type LimitReached,
  type PolicyViolation,
  type SlotUnavailable,
} from '../bookings/violations.ts';
import { claimLimits, keepLimits, lapseLimits, type LimitClaim } from '../limits/claim-limits.ts';
import { claimPools, keepPools, lapsePools } from '../resources/claim-pools.ts';
import { keepSeats, lapseSeats, readSeats, releaseSeats } from '../sessions/keep-seats.ts';
import { moveSeats } from '../sessions/move-seats.ts';
import { takeSeats } from '../sessions/take-seats.ts';
import type { Candidate } from './offer.ts';
import type { Claims } from './read-claims.ts';

/** Why what a booking needs beside its windows could not be had. */
export type CapacityRefusal = SlotUnavailable | PolicyViolation | LimitReached;

/** Other rooms and people would not help: the pool is the same for all. */
const nothingLeft: SlotUnavailable = { ...slotUnavailable };

/** Whether a way to give somebody what they asked for counts somewhere. */
export const countsBeside = ({ sessionKey, pools, limits }: Candidate): boolean =>
  sessionKey !== null || pools.length > 0 || limits.length > 0;

interface Claim {
  readonly booking: Booking;
  readonly candidate: Candidate;
  /** When the claims lapse by themselves; null for those of a booking that stands. */
  readonly until: Date | null;
  readonly now: Date;
}

/**
 * Takes what a booking needs beside its windows, within the attempt that took those: seats in a session, things out of
 * pools, its place within the limits, always in this order.
 */
export async function claimCapacity(tx: Transaction, claim: Claim): Promise<CapacityRefusal | null> {
  const { booking, candidate, until, now } = claim;
  const { sessionKey, pools, limits } = candidate;
  const of = { bookingId: booking.id, expiresAt: until, now };
  if (sessionKey !== null) {
    const outcome = await takeSeats(tx, { ...of, key: sessionKey, seats: booking.seats });
    if (outcome !== 'TAKEN') return slotUnavailable;
  }
  if (pools.length > 0 && !(await claimPools(tx, { ...of, claims: pools }))) return nothingLeft;
  if (limits.length > 0) return refusalOf(tx, await claimLimits(tx, { ...of, claims: limits }));
  return null;
}

/** Claims for a booking that moves what it needs where it goes, in place of what it had. */
export async function moveCapacity(
  tx: Transaction,
  { had, ...claim }: Claim & { had: Claims },
): Promise<CapacityRefusal | null> {
  const { booking, candidate, until, now } = claim;
  const { sessionKey, pools, limits } = candidate;
  const of = { bookingId: booking.id, expiresAt: until, now };
  if (sessionKey !== null) {
    const outcome = await moveSeats(tx, { ...of, key: sessionKey, seats: booking.seats });
    if (outcome !== 'TAKEN') return slotUnavailable;
  } else if (had.seat) await releaseSeats(tx, booking.id);
  if ((had.pools || pools.length > 0) && !(await claimPools(tx, { ...of, claims: pools })))
    return nothingLeft;
  if (!had.limits && limits.length === 0) return null;
  return refusalOf(tx, await claimLimits(tx, { ...of, claims: limits }));
}

/** Makes the claims of a booking that came to stand last. False when one has lapsed: then the booking may not stand. */
export async function keepCapacity(tx: Transaction, had: Claims, now: Date): Promise<boolean> {
  const kept = { bookingId: had.bookingId, until: null, now };
  if (had.seat && !(await keepSeats(tx, kept))) return false;
  if (had.pools && !(await keepPools(tx, kept))) return false;
  return !had.limits || keepLimits(tx, kept);
}

/** Makes claims last longer, and takes again those that have lapsed. False when there is no room any more. */
export async function renewCapacity(
  tx: Transaction,
  { had, until, now }: { had: Claims; until: Date; now: Date },
): Promise<boolean> {
  const of = { bookingId: had.bookingId, expiresAt: until, now };
  const seats = had.seat ? await readSeats(tx, had.bookingId) : null;
  if (seats !== null && (await moveSeats(tx, { ...of, ...seats })) !== 'TAKEN') return false;
  if (had.poolClaims.length > 0 && !(await claimPools(tx, { ...of, claims: had.poolClaims }))) return false;
  if (had.limitClaims.length === 0) return true;
  return (await claimLimits(tx, { ...of, claims: had.limitClaims })).length === 0;
}

/** Gives back everything that a booking had claimed. */
export async function dropCapacity(tx: Transaction, had: Claims): Promise<void> {
  const { bookingId } = had;
  const nothing = { bookingId, claims: [], now: new Date(0), expiresAt: null };
  if (had.seat) await releaseSeats(tx, bookingId);
  if (had.pools) await claimPools(tx, nothing);
  if (had.limits) await claimLimits(tx, nothing);
}

/** Gives back everything that the hold of a booking had claimed, and remembers it for whoever pays late. */
export async function lapseCapacity(tx: Transaction, had: Claims): Promise<void> {
  const { bookingId, seat, poolClaims, limitClaims } = had;
  if (seat) await lapseSeats(tx, bookingId);
  if (poolClaims.length > 0) await lapsePools(tx, { bookingId, claims: poolClaims });
  if (limitClaims.length > 0) await lapseLimits(tx, { bookingId, claims: limitClaims });
}

/** A limit of the client's own is told as such, with its number; one of the business is a time that is not offered. */
async function refusalOf(
  tx: Transaction,
  full: readonly LimitClaim['limitId'][],
): Promise<CapacityRefusal | null> {
  if (full.length === 0) return null;
  const [own] = await tx.query<{ period: string; limit: number }>(
    `SELECT lower(period) AS period, bookings_max AS limit FROM booking_limit
     WHERE id = ANY ($1::uuid[]) AND scope = 'CLIENT' ORDER BY bookings_max LIMIT 1`,
    [full],
  );
  if (own === undefined) return violationOf('BOOKING_LIMIT');
  const { period, limit } = own;
  const many = limit === 1 ? 'one appointment' : `${limit} appointments`;
  const message = `One person can have ${many} a ${period} here. Please choose another ${period}.`;
  return { __typename: 'LimitReached', message, limit };
}

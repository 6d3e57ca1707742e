import type { Transaction } from '@kept/database';
import type { LimitClaim } from '../limits/claim-limits.ts';
import type { PoolClaim } from '../resources/claim-pools.ts';
import type { Fees } from './fee.ts';
import { SHARE_COUNTERS } from './counters-gate.ts';

/** What a booking has claimed beside its windows, lapsed or not. */
export interface Claims {
  readonly bookingId: string;
  /** How many people and things it has the time of: none for a seat, whose session has it. */
  readonly windowCount: number;
  readonly seat: boolean;
  readonly pools: boolean;
  readonly limits: boolean;
  readonly poolClaims: readonly PoolClaim[];
  readonly limitClaims: readonly LimitClaim[];
  /** What not coming and cancelling late cost; they are read along. */
  readonly fees: Fees;
}

interface ClaimsRow {
  windows: number;
  seat: boolean;
  pools: { poolId: string; first: number; end: number; units: number }[] | null;
  limits: LimitClaim[] | null;
  fees: Fees | null;
}

const QUANTUM_MS = 5 * 60_000;
const CLAIMS = `
SELECT claims.*, CASE WHEN seat OR pools IS NOT NULL OR limits IS NOT NULL THEN ${SHARE_COUNTERS} END FROM (
SELECT (SELECT count(*)::int FROM booking_resource WHERE booking_id = $1) AS windows,
  EXISTS (SELECT FROM session_seat WHERE booking_id = $1) AS seat,
  (SELECT json_agg(json_build_object('poolId', resource_id, 'first', first_quantum, 'end', end_quantum, 'units', units))
   FROM capacity_claim WHERE booking_id = $1) AS pools,
  (SELECT json_agg(json_build_object('limitId', c.limit_id, 'subjectId', c.subject_id, 'periodStart', c.period_start,
     'bookingsMax', l.bookings_max))
   FROM limit_claim c JOIN booking_limit l ON l.id = c.limit_id WHERE c.booking_id = $1) AS limits,
  (SELECT json_build_object('noShowFeeMinor', no_show_fee_minor, 'lateCancellationFeeMinor', late_cancellation_fee_minor)
   FROM booking_fee WHERE booking_id = $1) AS fees) AS claims`;

/**
 * One query, so that a booking without any costs no more than that. With it the counters are shared: it is asked before the
 * booking's time is touched (counters-gate.ts).
 */
export async function readClaims(tx: Transaction, bookingId: string): Promise<Claims> {
  const [row] = await tx.query<ClaimsRow>(CLAIMS, [bookingId]);
  const poolClaims = (row?.pools ?? []).map(({ poolId, first, end, units }) => ({
    poolId,
    start: new Date(first * QUANTUM_MS),
    end: new Date(end * QUANTUM_MS),
    units,
  }));
  const limitClaims = row?.limits ?? [];
  return {
    bookingId,
    windowCount: row?.windows ?? 0,
    seat: row?.seat ?? false,
    pools: poolClaims.length > 0,
    limits: limitClaims.length > 0,
    poolClaims,
    limitClaims,
    fees: row?.fees ?? { noShowFeeMinor: null, lateCancellationFeeMinor: null },
  };
}

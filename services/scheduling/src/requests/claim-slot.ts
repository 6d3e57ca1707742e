import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { extendWindows } from '../arbiter/extend-windows.ts';
import { actorOf } from '../audit/actor.ts';
import { bookedWindows } from '../bookings/booked-resources.ts';
import type { Booking } from '../bookings/booking.ts';
import { countLiveHolds } from '../bookings/count-live-holds.ts';
import { lockHold } from '../bookings/lock-hold.ts';
import { saveBooking } from '../bookings/save-booking.ts';
import { showSlotHold, type ShownHold } from '../bookings/show-slot-hold.ts';
import { HOLD_MINUTES, LIVE_HOLDS_MAX, SlotHold } from '../bookings/slot-hold.ts';
import {
  holdExpired,
  liveHoldsReached,
  type HoldExpired,
  type LimitReached,
} from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { claimLimits } from '../limits/claim-limits.ts';
import { renewCapacity } from '../offers/claim-capacity.ts';
import { readClaims } from '../offers/read-claims.ts';
import { inOrganization } from '../scheduling.ts';
import type { ClaimSlotInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { digestOf } from './claim-token.ts';
import { countRequest } from './count-requests.ts';
import { sameBytes } from './request-secrets.ts';

/**
 * Somebody has signed in and shows that they are the one who asked: the booking becomes theirs and goes on to payment or
 * confirmation. A wrong token hears the same as a hold that does not exist, and so does everybody after the first.
 */
export function claimSlot(context: SchedulingContext, input: ClaimSlotInput) {
  const holdId = readId(input.holdId, 'holdId');
  const { caller, scheduling } = context;
  const clientId = caller.accountId ?? '';
  const digest = digestOf(input.claimToken);
  return settle<ShownHold, HoldExpired | LimitReached>((notDone) =>
    inOrganization(context, async (tx) => {
      const once = { actor: clientId, operation: 'claimSlot', key: input.idempotencyKey };
      const request = { holdId, digest: digest.toString('hex') };
      await onceByKey(tx, { ...once, request }, async () => {
        const now = context.clock();
        const key = scheduling.requests.secrets.hash('counter', tx.organizationId ?? '', 'account', clientId);
        const found = await lockHold(tx, holdId);
        const asked = await readClaim(tx, holdId);
        if (found === null || asked === null || !sameBytes(asked.digest, digest)) {
          throw refused.notFound('hold');
        }
        if (asked.claimedBy !== null) {
          if (asked.claimedBy !== clientId) throw refused.notFound('hold');
          return { holdId };
        }
        const { hold, booking } = found;
        if (booking.status !== 'UNVERIFIED' || !hold.isLiveAt(now)) throw notDone(holdExpired);
        booking.claim(clientId);
        const change = { scheduling, actor: actorOf(caller), now };
        await saveBooking(tx, booking, { ...change, action: 'slot_claimed' });
        const until = new Date(now.getTime() + HOLD_MINUTES * 60_000);
        if (!(await keepUntil(tx, { hold, booking, until, now }))) throw notDone(holdExpired);
        const reached = await countForClient(tx, { hold, booking, until, now });
        if (reached !== null) throw notDone(reached);
        booking.holdUntil(until);
        await saveBooking(tx, booking, { ...change, action: 'slot_hold_extended' });
        await tx.manager.update(SlotHold, { id: hold.id }, { clientId, expiresAt: until });
        await tx.query('UPDATE slot_request SET claimed_at = $2, claimed_by = $3 WHERE hold_id = $1', [
          holdId,
          now,
          clientId,
        ]);
        await countRequest(tx, { scope: 'ACCOUNT', key, now });
        if ((await countLiveHolds(tx, clientId, now)) > LIVE_HOLDS_MAX) throw notDone(liveHoldsReached);
        return { holdId };
      });
      return showSlotHold(tx, holdId, scheduling.signingKey);
    }),
  );
}

async function readClaim(
  tx: Transaction,
  holdId: string,
): Promise<{ digest: Buffer; claimedBy: string | null } | null> {
  const [row] = await tx.query<{ digest: Buffer; claimedBy: string | null }>(
    'SELECT claim_digest AS digest, claimed_by AS "claimedBy" FROM slot_request WHERE hold_id = $1',
    [holdId],
  );
  return row ?? null;
}

/** From now on it is a hold like any other, with the time that every hold has. */
async function keepUntil(
  tx: Transaction,
  { hold, booking, until, now }: { hold: SlotHold; booking: Booking; until: Date; now: Date },
): Promise<boolean> {
  const had = await readClaims(tx, booking.id);
  const windowCount = (await bookedWindows(tx, booking)).length;
  const kept = await extendWindows(tx, { id: hold.id, windowCount, now, expiresAt: until });
  return kept && renewCapacity(tx, { had, until, now });
}

/** What was counted for nobody in particular counts for the client from now on: theirs are the limits of one person. */
async function countForClient(
  tx: Transaction,
  { hold, booking, until, now }: { hold: SlotHold; booking: Booking; until: Date; now: Date },
): Promise<LimitReached | null> {
  const { limitClaims } = await readClaims(tx, booking.id);
  const claims = limitClaims.map((claim) =>
    claim.subjectId === hold.clientId ? { ...claim, subjectId: booking.clientId } : claim,
  );
  if (claims.length === 0) return null;
  const full = await claimLimits(tx, { bookingId: booking.id, claims, now, expiresAt: until });
  const [used] = claims.filter(({ limitId }) => full.includes(limitId));
  if (used === undefined) return null;
  const message = 'You have as many appointments then as one person can have here.';
  return { __typename: 'LimitReached', message, limit: used.bookingsMax };
}

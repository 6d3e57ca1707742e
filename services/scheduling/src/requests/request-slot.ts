import { createHash, randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { findBooking } from '../bookings/find-booking.ts';
import { holdSlot } from '../bookings/hold-slot.ts';
import { SlotHold } from '../bookings/slot-hold.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId, readStart } from '../input.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import { inOrganization } from '../scheduling.ts';
import type { ProofRefusal, RequestSlotInput, SlotRequested } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { checkProof } from './challenge.ts';
import { claimTokenOf, digestOf } from './claim-token.ts';
import { countRequest } from './count-requests.ts';
import { liveRequestsReached } from './live-requests.ts';
import { networkOf } from './network.ts';
import { spendProof } from './spend-proof.ts';

/** Long enough to read a mail and type a code, short enough that nobody keeps a calendar by asking. */
export const REQUEST_MINUTES = 10;
/** A family, and no class: how many requests are kept is bounded, so what each of them keeps must be as well. */
const SEATS_MAX = 6;

const SENTENCES: Readonly<Record<ProofRefusal, string>> = {
  INVALID: 'We could not see that this was asked for by a person’s device. Please try again.',
  EXPIRED: 'This took too long. Please try again.',
  SPENT: 'This was used for another request already. Please try again.',
};

export interface ProofRefused {
  __typename: 'ProofRefused';
  reason: ProofRefusal;
  message: string;
}
const proofRefused = (reason: ProofRefusal): ProofRefused => ({
  __typename: 'ProofRefused',
  reason,
  message: SENTENCES[reason],
});

/**
 * Keeps a slot for somebody who has not said who they are. The work is used up before anything else is done, and stays so
 * whatever becomes of the request: nobody tries a thousand slots with one proof.
 */
export async function requestSlot(context: SchedulingContext, input: RequestSlotInput) {
  const { caller, scheduling } = context;
  if (caller.accountId !== null) {
    throw refused.badInput('You are signed in: keep the time with createSlotHold, which needs no proof.');
  }
  const asked = readRequest(input);
  const { secrets } = scheduling.requests;
  const organizationId = caller.organizationId ?? '';
  const now = context.clock();
  const verdict = await checkProof(secrets, { proof: input.proof, organizationId, now });
  const network = networkOf(caller.networkAddress) ?? 'unknown';
  const networkHash = secrets.hash('counter', organizationId, 'network', network);
  const spending = await inOrganization(context, async (tx) => {
    await countRequest(tx, { scope: 'NETWORK', key: networkHash, now });
    if (!verdict.valid) return 'SPENT';
    const request = JSON.stringify([asked, input.idempotencyKey]);
    const requestDigest = createHash('sha256').update(request).digest();
    const spent = await spendProof(tx, { digest: verdict.digest, requestDigest, now });
    if (spent === 'FIRST') {
      // Only what was worked for counts against others: whoever shows one proof a thousand times shuts nobody out.
      const service = secrets.hash('counter', organizationId, 'service', asked.serviceId);
      await countRequest(tx, { scope: 'SERVICE', key: service, now });
      await countRequest(tx, { scope: 'ORGANIZATION', key: secrets.hash('counter', organizationId), now });
    }
    return spent;
  });
  if (!verdict.valid) return proofRefused(verdict.code);
  if (spending === 'SPENT') return proofRefused('SPENT');
  return settle<SlotRequested & { __typename: 'SlotRequested' }, CapacityRefusal>((notDone) =>
    inOrganization(context, async (tx) => {
      // Keys are looked up under the proof: nobody meets the keys of others, and here nobody has a name.
      const actor = `proof ${verdict.digest.toString('hex')}`;
      const once = { actor, operation: 'requestSlot', key: input.idempotencyKey, request: asked };
      const { holdId } = await onceByKey(tx, once, async () => {
        const clientId = randomUUID();
        const { timeZone, ...offer } = asked;
        const held = await holdSlot(tx, scheduling, {
          offer: { ...offer, now, clientId, movingBookingId: null, rules: 'CLIENT' },
          client: { id: clientId },
          notes: null,
          actor: actorOf(caller),
          now,
          holdMinutes: REQUEST_MINUTES,
          origin: 'REQUEST',
          refusalEndsAll: true,
        });
        if (!('hold' in held)) throw notDone(held);
        const { serviceId } = asked;
        const reached = await liveRequestsReached(tx, { networkHash, serviceId, now });
        if (reached !== null) throw notDone(reached);
        const claimDigest = digestOf(claimTokenOf(secrets, held.hold));
        await writeRequest(tx, { hold: held.hold, serviceId, networkHash, timeZone, claimDigest });
        return { holdId: held.hold.id };
      });
      return { __typename: 'SlotRequested', ...(await showRequest(tx, context, holdId)) };
    }),
  );
}

function readRequest(input: RequestSlotInput) {
  const addOnIds = input.addOnIds ?? [];
  if (addOnIds.length > 20) throw refused.badInput('At most 20 add-ons.', { field: 'addOnIds' });
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    variantId: input.variantId == null ? null : readId(input.variantId, 'variantId'),
    addOnIds: addOnIds.map((id) => readId(id, 'addOnIds')),
    locationId: input.locationId == null ? null : readId(input.locationId, 'locationId'),
    providerId: input.providerId == null ? null : readId(input.providerId, 'providerId'),
    startsAt: readStart(input.startsAt, 'startsAt'),
    seats: readCount(input.seats ?? 1, { field: 'seats', min: 1, max: SEATS_MAX }),
    timeZone: input.timeZone ?? null,
  };
}

async function writeRequest(
  tx: Transaction,
  request: {
    hold: SlotHold;
    serviceId: string;
    networkHash: Buffer;
    timeZone: string | null;
    claimDigest: Buffer;
  },
): Promise<void> {
  const { hold } = request;
  await tx.query(
    `INSERT INTO slot_request (booking_id, organization_id, hold_id, service_id, network_hash, time_zone, claim_digest,
       requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      hold.bookingId,
      hold.organizationId,
      hold.id,
      request.serviceId,
      request.networkHash,
      request.timeZone,
      request.claimDigest,
      hold.createdAt,
      hold.expiresAt,
    ],
  );
}

/** Made from the rows alone, so that a repeated request is shown the same; the token is made anew, never stored. */
async function showRequest(
  tx: Transaction,
  { scheduling }: SchedulingContext,
  holdId: string,
): Promise<SlotRequested> {
  const hold = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  const booking = hold && (await findBooking(tx, hold.bookingId));
  if (hold === null || booking === null) throw refused.notFound('hold');
  const { startsAt, endsAt, depositMinor, currency } = booking;
  return {
    holdId,
    claimToken: claimTokenOf(scheduling.requests.secrets, hold),
    startsAt,
    endsAt,
    expiresAt: hold.expiresAt,
    depositDue: depositMinor === null ? null : { amountMinor: depositMinor, currency },
  };
}

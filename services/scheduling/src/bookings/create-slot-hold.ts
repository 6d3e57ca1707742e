import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { holdWindows } from '../arbiter/hold-windows.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readStart, readText } from '../input.ts';
import type { CreateSlotHoldInput, SlotHold as SlotHoldView } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { textPlace } from './booking-texts.ts';
import { Booking } from './booking.ts';
import { countLiveHolds } from './count-live-holds.ts';
import { showSlotHold } from './show-slot-hold.ts';
import { draftBooking, draftHold, type HoldRequest } from './draft-booking.ts';
import { LIVE_HOLDS_MAX, SlotHold } from './slot-hold.ts';
import { slotUnavailable, type PolicyViolation, type SlotUnavailable } from './violations.ts';

interface LimitReached {
  __typename: 'LimitReached';
  message: string;
  limit: number;
}
const limitReached: LimitReached = {
  __typename: 'LimitReached',
  message: `You already keep ${LIVE_HOLDS_MAX} times. Please confirm or give back one of them first.`,
  limit: LIVE_HOLDS_MAX,
};

/** Keeps a slot for some minutes. Whoever is refused by the arbiter leaves nothing behind. */
export function createSlotHold(context: SchedulingContext, input: CreateSlotHoldInput) {
  const asked = readRequest(context, input);
  const { caller, scheduling } = context;
  return settle<SlotHoldView & { __typename: 'SlotHold' }, SlotUnavailable | PolicyViolation | LimitReached>(
    (notDone) =>
      inOrganization(context, async (tx) => {
        const request = {
          actor: caller.accountId ?? '',
          operation: 'createSlotHold',
          key: input.idempotencyKey,
        };
        const { holdId } = await onceByKey(tx, { ...request, request: asked }, async () => {
          const now = context.clock();
          await demandClient(tx, context, asked.clientId);
          const booking = await draftBooking(tx, { asked, now, organizationId: caller.organizationId ?? '' });
          if ('code' in booking) throw notDone(booking);
          const hold = draftHold(booking);
          const taken = await holdWindows(tx, { ...hold, windows: booking.windows(), now });
          if (!taken) throw notDone(slotUnavailable);
          // After the allocation: locks are always taken in this order.
          if ((await countLiveHolds(tx, asked.clientId, now)) >= LIVE_HOLDS_MAX) throw notDone(limitReached);
          if (asked.notes !== null) {
            booking.notes = await scheduling.keyring.seal(tx, textPlace(booking, 'notes'), asked.notes);
          }
          await tx.manager.insert(Booking, booking);
          await tx.manager.insert(SlotHold, hold);
          await recordChange(tx, {
            actor: caller,
            action: 'slot_held',
            subject: { type: 'Booking', id: booking.id },
            dataSubjectId: booking.clientId,
            at: now,
          });
          return { holdId: hold.id };
        });
        return { __typename: 'SlotHold', ...(await showSlotHold(tx, holdId, scheduling.signingKey)) };
      }),
  );
}

function readRequest(context: SchedulingContext, input: CreateSlotHoldInput): HoldRequest {
  const { caller } = context;
  if (caller.kind === 'STAFF' && input.clientId == null) {
    throw refused.badInput('Please say for whom you book: "clientId".', { field: 'clientId' });
  }
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    providerId: readId(input.providerId, 'providerId'),
    clientId: readId(input.clientId ?? caller.accountId ?? '', 'clientId'),
    startsAt: readStart(input.startsAt, 'startsAt'),
    notes: readText(input.notes, { field: 'notes', lengthMax: 2000 }),
  };
}

/** Clients book for themselves; staff for clients of this organization. A stranger's client does not exist. */
async function demandClient(tx: Transaction, context: SchedulingContext, clientId: string): Promise<void> {
  if (!may(context.ability, 'book-for', 'Client', { id: clientId })) throw refused.forbidden();
  if (context.caller.kind === 'CLIENT') return;
  const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [clientId]);
  if (known === undefined) throw refused.notFound('client');
}

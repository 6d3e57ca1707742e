import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readStart, readText } from '../input.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { CreateSlotHoldInput, SlotHold as SlotHoldView } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { holdSlot } from './hold-slot.ts';
import { showSlotHold } from './show-slot-hold.ts';

/** Keeps a slot for some minutes. Whoever is refused by the arbiter leaves nothing behind. */
export function createSlotHold(context: SchedulingContext, input: CreateSlotHoldInput) {
  const asked = readRequest(context, input);
  const { caller, scheduling } = context;
  return settle<SlotHoldView & { __typename: 'SlotHold' }, CapacityRefusal>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'createSlotHold',
        key: input.idempotencyKey,
      };
      const { holdId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        await demandClient(tx, context, asked.clientId);
        const { clientId, notes, ...slot } = asked;
        const held = await holdSlot(tx, scheduling, {
          offer: {
            ...slot,
            variantId: null,
            addOnIds: [],
            locationId: null,
            seats: 1,
            now,
            clientId,
            movingBookingId: null,
            rules: 'CLIENT',
          },
          client: { id: clientId },
          notes,
          actor: actorOf(caller),
          now,
          origin: 'BOOKED',
        });
        if (!('hold' in held)) throw notDone(held);
        return { holdId: held.hold.id };
      });
      return { __typename: 'SlotHold', ...(await showSlotHold(tx, holdId, scheduling.signingKey)) };
    }),
  );
}

function readRequest(context: SchedulingContext, input: CreateSlotHoldInput) {
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

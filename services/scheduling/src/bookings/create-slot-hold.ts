import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readCount, readId, readStart, readText } from '../input.ts';
import { maskNotes } from '../intake/mask-notes.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type { CreateSlotHoldInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { demandProof } from './demand-proof.ts';
import { holdSlot, type HeldSlot } from './hold-slot.ts';
import { readOverride } from './override.ts';
import { demandTheirPlace } from './places.ts';
import { showHeld, showSlotHold, type ShownHold } from './show-slot-hold.ts';

/** Keeps a slot for some minutes. Whoever is refused by the arbiter leaves nothing behind. */
export function createSlotHold(context: SchedulingContext, input: CreateSlotHoldInput) {
  const { notices, ...asked } = readRequest(context, input);
  const { caller, scheduling } = context;
  return settle<ShownHold, CapacityRefusal>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'createSlotHold',
        key: input.idempotencyKey,
      };
      let written: HeldSlot | null = null;
      const { holdId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        await demandClient(tx, context, asked.clientId);
        await demandProof(tx, { caller, ...asked, now });
        const { clientId, notes, override, ...slot } = asked;
        const rules = override === null ? 'CLIENT' : 'STAFF_OVERRIDE';
        const held = await holdSlot(tx, scheduling, {
          offer: { ...slot, now, clientId, movingBookingId: null, rules },
          client: { id: clientId },
          notes,
          actor: actorOf(caller),
          now,
          origin: 'BOOKED',
          refusalEndsAll: true,
          ...(override !== null && { overrideReason: override }),
        });
        if (!('hold' in held)) throw notDone(held);
        // Where the service leaves one place alone, nobody has named it: what was kept says where it is.
        demandTheirPlace(caller, held.booking);
        written = held;
        return { holdId: held.hold.id };
      });
      const { signingKey } = scheduling;
      const shown = written ? showHeld(tx, written, signingKey) : showSlotHold(tx, holdId, signingKey);
      return { ...(await shown), notices };
    }),
  );
}

const ADD_ONS_MAX = 10;
const SEATS_MAX = 1000;

function readRequest(context: SchedulingContext, input: CreateSlotHoldInput) {
  const { caller } = context;
  if (caller.kind === 'STAFF' && input.clientId == null) {
    throw refused.badInput('Please say for whom you book: "clientId".', { field: 'clientId' });
  }
  const addOnIds = input.addOnIds ?? [];
  readCount(addOnIds.length, { field: 'addOnIds', min: 0, max: ADD_ONS_MAX });
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    providerId: input.providerId == null ? null : readId(input.providerId, 'providerId'),
    variantId: input.variantId == null ? null : readId(input.variantId, 'variantId'),
    // In one order: the same wish is the same request.
    addOnIds: readOnce(addOnIds, 'addOnIds').sort(),
    locationId: input.locationId == null ? null : readId(input.locationId, 'locationId'),
    seats: readCount(input.seats ?? 1, { field: 'seats', min: 1, max: SEATS_MAX }),
    clientId: readId(input.clientId ?? caller.accountId ?? '', 'clientId'),
    startsAt: readStart(input.startsAt, 'startsAt'),
    timeZone: input.timeZone ?? null,
    ...maskNotes(readText(input.notes, { field: 'notes', lengthMax: 2000 }), 'notes'),
    override: readOverride(context, input.override),
  };
}

/** Clients book for themselves and those they answer for; staff for clients of this organization. A stranger does not exist. */
async function demandClient(tx: Transaction, context: SchedulingContext, clientId: string): Promise<void> {
  const isClient = context.caller.kind === 'CLIENT';
  if (!may(context.ability, 'book-for', 'Client', { id: clientId }))
    throw isClient ? refused.notFound('client') : refused.forbidden();
  if (isClient) return;
  const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [clientId]);
  if (known === undefined) throw refused.notFound('client');
}

/** Ids that are each named once: whoever names one twice means something that we do not know. */
function readOnce(ids: readonly string[], field: string): string[] {
  const read = ids.map((id) => readId(id, field));
  if (new Set(read).size < read.length) throw refused.badInput('Each add-on can be chosen once.', { field });
  return read;
}

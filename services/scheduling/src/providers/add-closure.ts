import { randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { openZone, type Zone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readText } from '../input.ts';
import type { AddClosureInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readAbsence } from './absence.ts';
import { blockTime } from './block-time.ts';
import { blockOfClosure, CLOSURE_DAYS_MAX, findClosure, insertClosure, type ClosureRow } from './closure.ts';
import { refuseIfBooked, type TimeTaken } from './refuse-if-booked.ts';

export interface ClosureAdded {
  __typename: 'ClosureAdded';
  closure: ClosureRow;
}

/** Closes the whole business for a time, in its own zone: nobody can be booked. As with time off, appointments are answered. */
export function addClosure(context: SchedulingContext, input: AddClosureInput) {
  const name = readText(input.name, { field: 'name', lengthMax: 200 });
  if (name === null) throw refused.badInput('Please give it a name.', { field: 'name' });
  const { caller } = context;
  return settle<ClosureAdded, TimeTaken>((notDone) =>
    inOrganization(context, async (tx) => {
      const { idempotencyKey, ...asked } = input;
      const request = { actor: caller.accountId ?? '', operation: 'addClosure', key: idempotencyKey };
      const { closureId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        const zone = await lockOrganization(tx);
        const closure = {
          id: randomUUID(),
          name,
          ...readAbsence(input, { zone, daysMax: CLOSURE_DAYS_MAX }),
        };
        const mayGoOn = refuseIfBooked(tx, { now, despite: input.despiteBookings ?? false, notDone });
        await blockTime(tx, await blockOfClosure(tx, closure), { now, mayGoOn });
        await insertClosure(tx, closure, now);
        await recordChange(tx, {
          actor: caller,
          action: 'closure_added',
          subject: { type: 'Closure', id: closure.id },
          at: now,
          details: { despiteBookings: String(input.despiteBookings ?? false) },
        });
        return { closureId: closure.id };
      });
      const closure = await findClosure(tx, closureId);
      if (closure === undefined) throw refused.notFound('closure');
      return { __typename: 'ClosureAdded', closure };
    }),
  );
}

/** The organization's zone. Two closures are added one after the other. */
export async function lockOrganization(tx: Transaction): Promise<Zone> {
  const [profile] = await tx.query<{ time_zone: string }>(
    'SELECT time_zone FROM organization_profile FOR UPDATE',
  );
  if (profile === undefined) {
    throw refused.unavailable('Your organization is still being set up. Please try again.');
  }
  return openZone(profile.time_zone);
}

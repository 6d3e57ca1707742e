import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { AddTimeOffInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readAbsence } from './absence.ts';
import { blockTime } from './block-time.ts';
import { demandTimeOfProvider } from './places-of-providers.ts';
import { refuseIfBooked, type TimeTaken } from './refuse-if-booked.ts';
import { readProviders, type ProviderInZone } from './read-providers.ts';
import {
  blockOfTimeOff,
  findTimeOff,
  insertTimeOff,
  TIME_OFF_DAYS_MAX,
  type TimeOffRow,
} from './time-off.ts';

export interface TimeOffAdded {
  __typename: 'TimeOffAdded';
  timeOff: TimeOffRow;
}

/**
 * Takes a provider out of the calendar for a time. Appointments that stand in it are answered and nothing is done,
 * unless it is asked for despite them: then they stay as they are, and only what is free is taken.
 */
export function addTimeOff(context: SchedulingContext, input: AddTimeOffInput) {
  const providerId = readId(input.providerId, 'providerId');
  demandOwnTime(context, providerId);
  const { caller } = context;
  return settle<TimeOffAdded, TimeTaken>((notDone) =>
    inOrganization(context, async (tx) => {
      const { idempotencyKey, ...asked } = input;
      const request = { actor: caller.accountId ?? '', operation: 'addTimeOff', key: idempotencyKey };
      const { timeOffId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        await demandTimeOfProvider(tx, caller, providerId);
        const zone = openZone((await lockProvider(tx, providerId)).timeZone);
        const timeOff = {
          id: randomUUID(),
          providerId,
          ...readAbsence(input, { zone, daysMax: TIME_OFF_DAYS_MAX }),
        };
        const mayGoOn = refuseIfBooked(tx, { now, despite: input.despiteBookings ?? false, notDone });
        await blockTime(tx, blockOfTimeOff(timeOff), { now, mayGoOn });
        await insertTimeOff(tx, timeOff, now);
        await recordChange(tx, {
          actor: caller,
          action: 'time_off_added',
          subject: { type: 'Provider', id: providerId },
          at: now,
          details: { timeOffId: timeOff.id, despiteBookings: String(input.despiteBookings ?? false) },
        });
        return { timeOffId: timeOff.id };
      });
      const timeOff = await findTimeOff(tx, timeOffId);
      // A key repeated after it was taken back.
      if (timeOff === undefined) throw refused.notFound('time off');
      return { __typename: 'TimeOffAdded', timeOff };
    }),
  );
}

/** Providers keep their own time, managers everybody's. */
export function demandOwnTime(context: SchedulingContext, providerId: string): void {
  if (!may(context.ability, 'be-away', 'Provider', { id: providerId })) throw refused.forbidden();
}

/** Two absences of one provider are added one after the other. */
async function lockProvider(tx: Transaction, id: string): Promise<ProviderInZone> {
  const known = await tx.query('SELECT id FROM provider WHERE id = $1 FOR UPDATE', [id]);
  if (known.length === 0) throw refused.notFound('provider');
  const [provider] = await readProviders(tx, { ids: [id] });
  invariant(provider, 'its row is locked');
  return provider;
}

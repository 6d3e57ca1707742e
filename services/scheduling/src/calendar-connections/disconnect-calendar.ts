import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import type { DisconnectCalendarInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readConnections } from './connection.ts';

interface Disconnected {
  __typename: 'CalendarDisconnected';
  disconnected: boolean;
}

/** Forgets a calendar: what opened it and every time that came from it go in the same moment. */
export function disconnectCalendar(context: SchedulingContext, input: DisconnectCalendarInput) {
  const id = readId(input.connectionId, 'connectionId');
  const { caller, ability } = context;
  return settle<Disconnected, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'disconnectCalendar',
        key: input.idempotencyKey,
      };
      const { disconnected } = await onceByKey(tx, { ...asked, request: { id } }, async () => {
        const [connection] = await readConnections(tx, { id });
        if (connection === undefined) return { disconnected: false };
        if (!may(ability, 'disconnect', 'CalendarConnection', connection))
          throw refused.notFound('calendar connection');
        await forget(tx, { where: 'id', value: id, actor: caller, at: context.clock() });
        return { disconnected: true };
      });
      return { __typename: 'CalendarDisconnected', disconnected };
    }),
  );
}

/** Forgets all calendars of a provider, and says how many: for offboarding, for an erasure. */
export function forgetCalendarsOf(
  tx: Transaction,
  { providerId, ...by }: { providerId: string; actor: ForgottenBy; at: Date },
): Promise<number> {
  return forget(tx, { where: 'provider_id', value: providerId, ...by });
}

type ForgottenBy = Pick<Actor, 'kind' | 'accountId' | 'requestId'>;

async function forget(
  tx: Transaction,
  { where, value, actor, at }: { where: 'id' | 'provider_id'; value: string; actor: ForgottenBy; at: Date },
): Promise<number> {
  const gone = await tx.query<{ id: string }>(
    `DELETE FROM calendar_connection WHERE ${where} = $1 RETURNING id`,
    [value],
  );
  for (const { id } of gone) {
    const subject = { type: 'CalendarConnection', id };
    await recordChange(tx, { actor, action: 'calendar_disconnected', subject, at });
  }
  return gone.length;
}

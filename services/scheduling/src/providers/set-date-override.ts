import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { DayWindow } from '../availability/engine/working-time.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { SetDateOverrideInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readDate, readWindow, refuseOverlap } from './clock-time.ts';
import { demandTimeOfProvider } from './places-of-providers.ts';
import { readProviders } from './read-providers.ts';
import { scheduleSet, type ScheduleSet } from './set-weekly-rules.ts';

const WINDOWS_MAX = 10;
/** Start = end: the engine's word for closed. */
const AWAY = { startMinute: 0, endMinute: 0 };

/** Replaces the hours of one date, or with null takes that back. Bookings that exist stay as they are. */
export function setDateOverride(context: SchedulingContext, input: SetDateOverrideInput) {
  const providerId = readId(input.providerId, 'providerId');
  const date = readDate(input.date, 'date');
  if ((input.windows?.length ?? 0) > WINDOWS_MAX) {
    throw refused.badInput(`A date may have at most ${WINDOWS_MAX} windows.`, { field: 'windows' });
  }
  const given = input.windows?.map((window, index) => readWindow(window, `windows.${index}`));
  const windows = given === undefined ? [] : given.length === 0 ? [AWAY] : given;
  const { caller } = context;
  return settle<ScheduleSet, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'setDateOverride',
        key: input.idempotencyKey,
      };
      await onceByKey(tx, { ...request, request: { providerId, date, windows } }, async () => {
        await demandTimeOfProvider(tx, caller, providerId);
        // The lock lets two managers change a date one after the other, not both at once.
        const known = await tx.query('SELECT id FROM provider WHERE id = $1 FOR UPDATE', [providerId]);
        if (known.length === 0) throw refused.notFound('provider');
        if (given !== undefined) await refuseOverlapOfDates(tx, { providerId, date, windows: given });
        await tx.query('DELETE FROM date_override WHERE provider_id = $1 AND on_date = $2', [
          providerId,
          date,
        ]);
        await tx.query(
          `INSERT INTO date_override (id, organization_id, provider_id, on_date, start_minute, end_minute)
           SELECT gen_random_uuid(), $1, $2, $3::date, * FROM unnest($4::smallint[], $5::smallint[])`,
          [
            tx.organizationId,
            providerId,
            date,
            windows.map((window) => window.startMinute),
            windows.map((window) => window.endMinute),
          ],
        );
        await recordChange(tx, {
          actor: caller,
          action: 'date_override_set',
          subject: { type: 'Provider', id: providerId },
          at: context.clock(),
          details: { date, windows: String(windows.length) },
        });
        return { providerId };
      });
      return scheduleSet(await readProviders(tx, { ids: [providerId] }));
    }),
  );
}

/** A night may reach into the next date; where that date has hours of its own, both cannot be meant. */
async function refuseOverlapOfDates(
  tx: Transaction,
  asked: { providerId: string; date: string; windows: readonly DayWindow[] },
): Promise<void> {
  const neighbours = await tx.query<{ day: number; start_minute: number; end_minute: number }>(
    `SELECT on_date - $2::date AS day, start_minute, end_minute FROM date_override
     WHERE provider_id = $1 AND on_date IN ($2::date - 1, $2::date + 1) AND start_minute <> end_minute`,
    [asked.providerId, asked.date],
  );
  const own = asked.windows.map((window, index) => ({ ...window, day: 0, field: `windows.${index}` }));
  const others = neighbours.map(({ day, start_minute: startMinute, end_minute: endMinute }) => ({
    day,
    startMinute,
    endMinute,
    field: day < 0 ? 'windows.0' : `windows.${Math.max(0, asked.windows.length - 1)}`,
  }));
  refuseOverlap([...own, ...others], { repeatsWeekly: false });
}

import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { SetDateOverrideInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readDate, readWindow } from './clock-time.ts';
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
        // The lock lets two managers change a date one after the other, not both at once.
        const known = await tx.query('SELECT id FROM provider WHERE id = $1 FOR UPDATE', [providerId]);
        if (known.length === 0) throw refused.notFound('provider');
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

import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { DayOfWeek, SetWeeklyRulesInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readWindow, refuseOverlap } from './clock-time.ts';
import { demandTimeOfProvider } from './places-of-providers.ts';
import { readProviders, type ProviderInZone } from './read-providers.ts';

const RULES_MAX = 70;
const DAYS: readonly DayOfWeek[] = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
];

export interface ScheduleSet {
  __typename: 'ScheduleSet';
  provider: ProviderInZone;
}

/** Replaces a provider's week. Bookings that exist stay as they are. */
export function setWeeklyRules(context: SchedulingContext, input: SetWeeklyRulesInput) {
  const providerId = readId(input.providerId, 'providerId');
  const timeZone = input.timeZone == null ? null : openZone(input.timeZone).name;
  if (input.rules.length > RULES_MAX) {
    throw refused.badInput(`A week may have at most ${RULES_MAX} windows.`, { field: 'rules' });
  }
  const rules = input.rules.map((rule, index) => ({
    dayOfWeek: DAYS.indexOf(rule.day),
    ...readWindow(rule, `rules.${index}`),
  }));
  refuseOverlap(
    rules.map((rule, index) => ({ ...rule, day: rule.dayOfWeek, field: `rules.${index}` })),
    { repeatsWeekly: true },
  );
  const { caller } = context;
  return settle<ScheduleSet, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'setWeeklyRules',
        key: input.idempotencyKey,
      };
      await onceByKey(tx, { ...request, request: { providerId, timeZone, rules } }, async () => {
        await demandTimeOfProvider(tx, caller, providerId);
        const known = await tx.query(
          'UPDATE provider SET time_zone = COALESCE($2, time_zone) WHERE id = $1 RETURNING id',
          [providerId, timeZone],
        );
        if (known.length === 0) throw refused.notFound('provider');
        await tx.query('DELETE FROM weekly_rule WHERE provider_id = $1', [providerId]);
        await tx.query(
          `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
           SELECT gen_random_uuid(), $1, $2, * FROM unnest($3::smallint[], $4::smallint[], $5::smallint[])`,
          [
            tx.organizationId,
            providerId,
            rules.map((rule) => rule.dayOfWeek),
            rules.map((rule) => rule.startMinute),
            rules.map((rule) => rule.endMinute),
          ],
        );
        await recordChange(tx, {
          actor: caller,
          action: 'weekly_rules_set',
          subject: { type: 'Provider', id: providerId },
          at: context.clock(),
          details: { windows: String(rules.length) },
        });
        return { providerId };
      });
      return scheduleSet(await readProviders(tx, { ids: [providerId] }));
    }),
  );
}

/** The answer to a change of hours. */
export function scheduleSet([provider]: readonly ProviderInZone[]): ScheduleSet {
  if (provider === undefined) throw refused.notFound('provider');
  return { __typename: 'ScheduleSet', provider };
}

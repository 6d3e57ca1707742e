import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { MINUTES_PER_DAY } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import { readWindow } from '../providers/clock-time.ts';
import type { SetReminderPolicyInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { readPolicy, writePolicy } from './reminder-policy.ts';
import type { ReminderPolicy } from './reminder-times.ts';

const REMINDERS_MAX = 5;
const MINUTES_MIN = 15;
const MINUTES_MAX = 30 * MINUTES_PER_DAY;

interface PolicySet {
  __typename: 'ReminderPolicySet';
  policy: ReminderPolicy;
}

/** Sets when clients are reminded. Bookings that stand keep the reminders they were promised. */
export function setReminderPolicy(context: SchedulingContext, input: SetReminderPolicyInput) {
  const serviceId = input.serviceId == null ? null : readId(input.serviceId, 'serviceId');
  const policy = readNewPolicy(input);
  const { caller } = context;
  return settle<PolicySet, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'setReminderPolicy',
        key: input.idempotencyKey,
      };
      await onceByKey(tx, { ...asked, request: { serviceId, policy } }, async () => {
        const now = context.clock();
        const known =
          serviceId === null ? [1] : await tx.query('SELECT 1 FROM service WHERE id = $1', [serviceId]);
        if (known.length === 0) throw refused.notFound('service');
        await writePolicy(tx, { serviceId, policy, now });
        await recordChange(tx, {
          actor: caller,
          action: 'reminder_policy_set',
          subject: { type: 'Organization', id: tx.organizationId ?? '' },
          at: now,
          details: {
            reminders: String(policy.minutesBefore.length),
            ...(serviceId !== null && { serviceId }),
          },
        });
        return {};
      });
      return { __typename: 'ReminderPolicySet', policy: await readPolicy(tx, serviceId) };
    }),
  );
}

function readNewPolicy({ minutesBefore, quietHours }: SetReminderPolicyInput): ReminderPolicy {
  const field = 'minutesBefore';
  const distances = [...new Set(minutesBefore)].toSorted((a, b) => b - a);
  if (minutesBefore.length > REMINDERS_MAX || distances.length < minutesBefore.length)
    throw refused.badInput(`There can be at most ${REMINDERS_MAX} different reminders.`, { field });
  for (const minutes of distances) readCount(minutes, { field, min: MINUTES_MIN, max: MINUTES_MAX });
  if (quietHours == null) return { minutesBefore: distances, quietFrom: 0, quietUntil: 0 };
  const { startMinute, endMinute } = readWindow(quietHours, 'quietHours');
  return { minutesBefore: distances, quietFrom: startMinute, quietUntil: endMinute % MINUTES_PER_DAY };
}

import { readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { readPolicy } from './reminder-policy.ts';
import { setReminderPolicy } from './set-reminder-policy.ts';

const clock = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');

export const reminderResolvers: Resolvers = {
  Query: {
    reminderPolicy: (_parent, { serviceId }, context) =>
      inOrganization(context, (tx) =>
        readPolicy(tx, serviceId == null ? null : readId(serviceId, 'serviceId')),
      ),
  },
  Mutation: {
    setReminderPolicy: (_parent, { input }, context) => setReminderPolicy(context, input),
  },
  ReminderPolicy: {
    minutesBefore: ({ minutesBefore }) => [...minutesBefore],
    quietHours: ({ quietFrom, quietUntil }) =>
      quietFrom === quietUntil ? null : { start: clock(quietFrom), end: clock(quietUntil) },
  },
};

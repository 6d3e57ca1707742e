import { audiencesOf } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readInstant } from '../input.ts';
import { readClosures, type ClosureRow } from './closure.ts';
import { demandColleague } from './places-of-providers.ts';
import { readTimeOff, type TimeOffRow } from './time-off.ts';

const DAYS_MAX = 366;

/** The absences of a provider. Who is only a provider sees their own; another's do not exist for them. */
export function listTimeOff(
  context: SchedulingContext,
  asked: { providerId: string; from: Date; to: Date },
): Promise<TimeOffRow[]> {
  const providerId = readId(asked.providerId, 'providerId');
  const audiences = audiencesOf(context.caller);
  const seesAll = audiences.includes('MANAGER') || audiences.includes('FRONT_DESK');
  if (!seesAll && context.caller.accountId !== providerId) throw refused.notFound('provider');
  const range = readRange(asked);
  return inOrganization(context, async (tx) => {
    await demandColleague(tx, context.caller, providerId);
    return readTimeOff(tx, { providerId, ...range });
  });
}

/** When the business is closed: anybody may know. */
export function listClosures(
  context: SchedulingContext,
  asked: { from: Date; to: Date },
): Promise<ClosureRow[]> {
  const range = readRange(asked);
  return inOrganization(context, (tx) => readClosures(tx, range));
}

function readRange(asked: { from: Date; to: Date }): { from: Date; to: Date } {
  const [from, to] = [readInstant(asked.from, 'from'), readInstant(asked.to, 'to')];
  if (to <= from) throw refused.badInput('"to" must be after "from".', { field: 'to' });
  if (to.getTime() - from.getTime() > DAYS_MAX * 86_400_000) {
    throw refused.badInput(`Please ask for at most ${DAYS_MAX} days at once.`, { field: 'to' });
  }
  return { from, to };
}

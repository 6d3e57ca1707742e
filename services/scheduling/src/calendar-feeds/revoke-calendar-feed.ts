import { may } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import type { RevokeCalendarFeedInput } from '../schema-types.ts';
import { settle } from '../settle.ts';

interface FeedRevoked {
  __typename: 'CalendarFeedRevoked';
  revoked: boolean;
}

/** Ends a feed: one's own, or as a manager that of somebody who left or lost a telephone. */
export function revokeCalendarFeed(context: SchedulingContext, input: RevokeCalendarFeedInput) {
  const { caller } = context;
  const ownerId = input.ownerId == null ? caller.accountId : readId(input.ownerId, 'ownerId');
  if (ownerId === null) throw refused.unauthenticated();
  if (!may(context.ability, 'revoke', 'CalendarFeed', { ownerId })) throw refused.forbidden();
  return settle<FeedRevoked, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'revokeCalendarFeed',
        key: input.idempotencyKey,
      };
      const { revoked } = await onceByKey(tx, { ...asked, request: { ownerId } }, async () => ({
        revoked: (await revokeFeedsOf(tx, { ownerId, actor: caller, at: context.clock() })) > 0,
      }));
      return { __typename: 'CalendarFeedRevoked', revoked };
    }),
  );
}

/** Ends what feeds a person has, and says how many: for their own word, for offboarding, for an erasure. */
export async function revokeFeedsOf(
  tx: Transaction,
  {
    ownerId,
    actor,
    at,
  }: { ownerId: string; actor: Pick<Actor, 'kind' | 'accountId' | 'requestId'>; at: Date },
): Promise<number> {
  const ended = await tx.query<{ id: string }>(
    'DELETE FROM calendar_feed WHERE organization_id = $1 AND owner_id = $2 RETURNING id',
    [tx.organizationId, ownerId],
  );
  for (const { id } of ended) {
    const subject = { type: 'CalendarFeed', id };
    await recordChange(tx, { actor, action: 'calendar_feed_revoked', subject, at });
  }
  return ended.length;
}

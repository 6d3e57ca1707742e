import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { RotateCalendarFeedInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import type { FeedOpened } from './create-calendar-feed.ts';
import { makeFeedToken, pathOfFeed } from './feed-token.ts';
import { ownerOf, readOwnFeed } from './own-feed.ts';

/** Gives a feed a new address: for whoever has shown the old one to somebody. The old one is dead with the commit. */
export function rotateCalendarFeed(context: SchedulingContext, input: RotateCalendarFeedInput) {
  const owner = ownerOf(context);
  const { token, secretHash } = makeFeedToken(context.caller.organizationId ?? '');
  const { expectedVersion } = input;
  return settle<FeedOpened, VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      let path: string | null = null;
      const asked = { actor: owner.id, operation: 'rotateCalendarFeed', key: input.idempotencyKey };
      await onceByKey(tx, { ...asked, request: { expectedVersion } }, async () => {
        const now = context.clock();
        const changed = await tx.query<{ id: string }>(
          `UPDATE calendar_feed SET secret_hash = $3, version = version + 1, rotated_at = $4
           WHERE organization_id = $1 AND owner_id = $2 AND version = $5 RETURNING id`,
          [tx.organizationId, owner.id, secretHash, now, expectedVersion],
        );
        const [feed] = changed;
        if (feed === undefined) throw notDone(conflict(await readOwnFeed(tx, owner.id)));
        path = pathOfFeed(token);
        await recordChange(tx, {
          actor: context.caller,
          action: 'calendar_feed_rotated',
          subject: { type: 'CalendarFeed', id: feed.id },
          at: now,
        });
        return null;
      });
      const feed = await readOwnFeed(tx, owner.id);
      if (feed === null) throw refused.notFound('calendar feed');
      return { __typename: 'CalendarFeedOpened', feed, path };
    }),
  );
}

function conflict(feed: { version: number } | null): VersionConflict {
  if (feed === null) throw refused.notFound('calendar feed');
  const message = 'Your calendar address was changed in the meantime. Please look at it again.';
  return { __typename: 'VersionConflict', message, currentVersion: feed.version };
}

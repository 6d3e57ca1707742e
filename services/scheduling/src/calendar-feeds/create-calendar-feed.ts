import { randomUUID } from 'node:crypto';
import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { CalendarFeed, CreateCalendarFeedInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { makeFeedToken, pathOfFeed } from './feed-token.ts';
import { ownerOf, readOwnFeed } from './own-feed.ts';

export interface FeedOpened {
  __typename: 'CalendarFeedOpened';
  feed: CalendarFeed;
  path: string | null;
}

interface FeedExists {
  __typename: 'CalendarFeedExists';
  message: string;
  feed: CalendarFeed;
}

/** Makes a person's feed. Its address is in this answer and nowhere else: only a hash is kept, so a repetition cannot tell it. */
export function createCalendarFeed(context: SchedulingContext, input: CreateCalendarFeedInput) {
  const owner = ownerOf(context);
  const { token, secretHash } = makeFeedToken(context.caller.organizationId ?? '');
  return settle<FeedOpened, FeedExists>((notDone) =>
    inOrganization(context, async (tx) => {
      let path: string | null = null;
      const asked = { actor: owner.id, operation: 'createCalendarFeed', key: input.idempotencyKey };
      await onceByKey(tx, { ...asked, request: {} }, async () => {
        const now = context.clock();
        const id = randomUUID();
        const made = await tx.query(
          `INSERT INTO calendar_feed (id, organization_id, owner_kind, owner_id, secret_hash, version, created_at)
           VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT ON CONSTRAINT one_feed_per_person DO NOTHING RETURNING id`,
          [id, tx.organizationId, owner.kind, owner.id, secretHash, now],
        );
        if (made.length === 0) throw notDone(await alreadyThere(tx, owner.id));
        path = pathOfFeed(token);
        await recordChange(tx, {
          actor: context.caller,
          action: 'calendar_feed_created',
          subject: { type: 'CalendarFeed', id },
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

async function alreadyThere(tx: Parameters<typeof readOwnFeed>[0], ownerId: string): Promise<FeedExists> {
  const feed = await readOwnFeed(tx, ownerId);
  if (feed === null) throw refused.notFound('calendar feed');
  const message =
    'You have a calendar address already. It cannot be shown again; change it to get a new one.';
  return { __typename: 'CalendarFeedExists', message, feed };
}

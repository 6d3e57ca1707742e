import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import type { CalendarFeed } from '../schema-types.ts';

/** Whose feed a caller's own is. Roles that have no appointments have none. */
export function ownerOf({ caller }: SchedulingContext): { kind: 'CLIENT' | 'STAFF'; id: string } {
  if (caller.accountId === null) throw refused.unauthenticated();
  return { kind: caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT', id: caller.accountId };
}

/** A person's feed without its secret, which nobody has. */
export async function readOwnFeed(tx: Transaction, ownerId: string): Promise<CalendarFeed | null> {
  const [feed] = await tx.query<CalendarFeed>(
    `SELECT id, version, created_at AS "createdAt", rotated_at AS "rotatedAt"
     FROM calendar_feed WHERE organization_id = $1 AND owner_id = $2`,
    [tx.organizationId, ownerId],
  );
  return feed ?? null;
}

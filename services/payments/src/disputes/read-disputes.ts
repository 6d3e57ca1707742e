import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { readPosition, writePosition } from '../ledger/ledger-cursor.ts';
import { Dispute, ENDED } from './dispute.ts';

const PAGE_MAX = 100;

/** A page of disputes, newest first. */
export async function readDisputes(
  tx: Transaction,
  { first, after, withEnded }: { first: number; after: string | null; withEnded: boolean },
): Promise<{ disputes: Dispute[]; endCursor: string | null }> {
  if (first < 1 || first > PAGE_MAX)
    throw refused.badInput(`Please ask for 1 to ${PAGE_MAX} disputes.`, { field: 'first' });
  const position = after === null ? null : readPosition(after, 'after');
  const query = tx.manager
    .createQueryBuilder(Dispute, 'dispute')
    .orderBy('dispute.openedAt', 'DESC')
    .addOrderBy('dispute.id', 'DESC')
    .limit(first + 1);
  if (!withEnded) query.andWhere('dispute.status <> ALL (:ended)', { ended: ENDED });
  if (position !== null)
    query.andWhere('(dispute.opened_at, dispute.id) < (:createdAt, :id)', {
      createdAt: position.createdAt,
      id: position.id,
    });
  const rows = await query.getMany();
  const disputes = rows.slice(0, first);
  const last = disputes.at(-1);
  const more = rows.length > first && last !== undefined;
  return { disputes, endCursor: more ? writePosition({ createdAt: last.openedAt, id: last.id }) : null };
}

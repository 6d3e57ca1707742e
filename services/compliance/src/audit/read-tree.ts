import type { Transaction } from '@kept/database';
import type { TreeNode } from './tree-frontier.ts';

interface NodeRow {
  level: number;
  index: string;
  hash: Buffer;
}

/** Reads hashes of the organization's tree in one query; leaves are kept with their entries. */
export async function readNodes(
  tx: Transaction,
  nodes: readonly { level: number; index: number }[],
): Promise<TreeNode[]> {
  if (nodes.length === 0) return [];
  const rows = await tx.query<NodeRow>(
    `WITH wanted AS (SELECT * FROM unnest($2::smallint[], $3::bigint[]) AS w (level, index))
     SELECT n.level, n.index, n.hash FROM wanted JOIN audit_node n USING (level, index) WHERE n.organization_id = $1
     UNION ALL
     SELECT 0, e.sequence, e.leaf_hash FROM wanted
     JOIN audit_entry e ON wanted.level = 0 AND e.sequence = wanted.index WHERE e.organization_id = $1`,
    [tx.organizationId, nodes.map(({ level }) => level), nodes.map(({ index }) => index)],
  );
  return rows.map(({ level, index, hash }) => ({ level, index: Number(index), hash }));
}

import type { Transaction } from '@kept/database';
import { readNodes } from './read-tree.ts';
import { planConsistency, planInclusion } from './tree-proof.ts';

/** A checkpoint as it is kept. */
export interface StoredCheckpoint {
  size: number;
  root: Buffer;
  note: string;
  signedAt: Date;
}

export interface EntryProof {
  entry: string;
  sequence: number;
  leaf: Buffer;
  proof: Buffer[];
  checkpoint: StoredCheckpoint;
}

/** The newest checkpoint of the organization's log, or null while there is none. */
export async function latestCheckpoint(tx: Transaction): Promise<StoredCheckpoint | null> {
  const [row] = await tx.query<{ size: string; root_hash: Buffer; note: string; signed_at: Date }>(
    'SELECT size, root_hash, note, signed_at FROM audit_checkpoint WHERE organization_id = $1 ORDER BY size DESC LIMIT 1',
    [tx.organizationId],
  );
  if (row === undefined) return null;
  return { size: Number(row.size), root: row.root_hash, note: row.note, signedAt: row.signed_at };
}

/** Proves that an entry is in the log under its newest checkpoint; null for one that is unknown or not yet covered. */
export async function proveEntry(tx: Transaction, entryId: string): Promise<EntryProof | null> {
  const [row] = await tx.query<{ sequence: string; entry: string; leaf_hash: Buffer }>(
    'SELECT sequence, entry, leaf_hash FROM audit_entry WHERE organization_id = $1 AND id = $2',
    [tx.organizationId, entryId],
  );
  const checkpoint = await latestCheckpoint(tx);
  if (row === undefined || checkpoint === null) return null;
  const sequence = Number(row.sequence);
  if (sequence >= checkpoint.size) return null;
  const plan = planInclusion(sequence, checkpoint.size);
  const proof = plan.fill(await readNodes(tx, plan.nodes));
  return { entry: row.entry, sequence, leaf: row.leaf_hash, proof, checkpoint };
}

/** Proves that the log of `older` entries is the beginning of the log of `newer`. */
export async function proveConsistency(
  tx: Transaction,
  sizes: { older: number; newer: number },
): Promise<Buffer[]> {
  const plan = planConsistency(sizes.older, sizes.newer);
  return plan.fill(await readNodes(tx, plan.nodes));
}

import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { canonicalJson } from './canonical-json.ts';
import { originOf, signCheckpoint } from './checkpoint.ts';
import { leafHash } from './merkle-hash.ts';
import { readNodes } from './read-tree.ts';
import { TreeFrontier, peaksOf } from './tree-frontier.ts';
import type { TreeNode } from './tree-frontier.ts';

export interface SequencerOptions {
  now: Date;
  signingKey: KeyObject;
  batchSize?: number;
  /** A tree that grew is signed when its last checkpoint is this old … */
  checkpointEveryMs?: number;
  /** … or when this many entries came since. */
  checkpointEveryEntries?: number;
}

/**
 * Gives waiting entries their numbers and adds them to the organization's tree. The lock on the log's row makes this
 * process the only sequencer until it commits; reading the tail and inserting behind it forked 988 of 1,200 times.
 */
export async function sequenceEntries(
  tx: Transaction,
  options: SequencerOptions,
): Promise<{ sequenced: number; size: number }> {
  const organizationId = tx.organizationId;
  invariant(organizationId !== null, 'a log belongs to an organization');
  const before = await lockLog(tx, organizationId);
  const waiting = await tx.query<{ id: string; entry: string }>(
    'SELECT id, entry FROM audit_pending WHERE organization_id = $1 ORDER BY admission LIMIT $2',
    [organizationId, options.batchSize ?? 1000],
  );
  const frontier = new TreeFrontier(before, await readNodes(tx, peaksOf(before)));
  const rows: { sequence: number; id: string; action: string; entry: string; leaf: Buffer; root: Buffer }[] =
    [];
  const nodes: TreeNode[] = [];
  for (const { id, entry } of waiting) {
    const sequence = frontier.size;
    const facts = JSON.parse(entry) as { action: string };
    // The number is part of what is hashed: an entry that was moved betrays itself.
    const canonical = canonicalJson({ ...facts, sequence });
    const leaf = leafHash(Buffer.from(canonical, 'utf8'));
    nodes.push(...frontier.append(leaf).filter(({ level }) => level > 0));
    rows.push({ sequence, id, action: facts.action, entry: canonical, leaf, root: frontier.root() });
  }
  if (rows.length > 0) {
    await tx.query(
      `INSERT INTO audit_entry (organization_id, sequence, id, action, entry, leaf_hash, root_after)
       SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])`,
      [
        organizationId,
        rows.map(({ sequence }) => sequence),
        rows.map(({ id }) => id),
        rows.map(({ action }) => action),
        rows.map(({ entry }) => entry),
        rows.map(({ leaf }) => leaf),
        rows.map(({ root }) => root),
      ],
    );
    await tx.query(
      `INSERT INTO audit_node (organization_id, level, index, hash)
       SELECT $1, * FROM unnest($2::smallint[], $3::bigint[], $4::bytea[])`,
      [
        organizationId,
        nodes.map(({ level }) => level),
        nodes.map(({ index }) => index),
        nodes.map(({ hash }) => hash),
      ],
    );
    await tx.query('DELETE FROM audit_pending WHERE id = ANY($1::uuid[])', [rows.map(({ id }) => id)]);
    await tx.query('UPDATE audit_log SET size = $2 WHERE organization_id = $1', [
      organizationId,
      frontier.size,
    ]);
  }
  await signIfDue(tx, { organizationId, frontier, options });
  return { sequenced: rows.length, size: frontier.size };
}

async function lockLog(tx: Transaction, organizationId: string): Promise<number> {
  await tx.query(
    `INSERT INTO audit_log (organization_id) VALUES ($1)
     ON CONFLICT ON CONSTRAINT one_audit_log_per_organization DO NOTHING`,
    [organizationId],
  );
  const [log] = await tx.query<{ size: string }>(
    'SELECT size FROM audit_log WHERE organization_id = $1 FOR UPDATE',
    [organizationId],
  );
  invariant(log !== undefined, 'the log was inserted a moment ago');
  return Number(log.size);
}

async function signIfDue(
  tx: Transaction,
  {
    organizationId,
    frontier,
    options,
  }: { organizationId: string; frontier: TreeFrontier; options: SequencerOptions },
): Promise<void> {
  const [last] = await tx.query<{ size: string; signed_at: Date }>(
    'SELECT size, signed_at FROM audit_checkpoint WHERE organization_id = $1 ORDER BY size DESC LIMIT 1',
    [organizationId],
  );
  const grown = frontier.size - Number(last?.size ?? 0);
  // However far from now, in either direction: a clock that was set back must not keep the log unsigned until it caught up.
  const ageMs = last === undefined ? Infinity : Math.abs(options.now.getTime() - last.signed_at.getTime());
  const due =
    ageMs >= (options.checkpointEveryMs ?? 10_000) || grown >= (options.checkpointEveryEntries ?? 1000);
  if (grown === 0 || !due) return;
  const root = frontier.root();
  const note = signCheckpoint(
    { origin: originOf(organizationId), size: frontier.size, root },
    options.signingKey,
  );
  await tx.query(
    'INSERT INTO audit_checkpoint (organization_id, size, root_hash, note, signed_at) VALUES ($1, $2, $3, $4, $5)',
    [organizationId, frontier.size, root, note, options.now],
  );
}

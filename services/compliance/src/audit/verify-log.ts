import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { Checkpoint } from './checkpoint.ts';
import { checkEntry } from './check-entry.ts';
import type { EntryRow } from './check-entry.ts';
import { CheckpointCheck } from './check-checkpoints.ts';
import { leafHash } from './merkle-hash.ts';
import { TreeFrontier } from './tree-frontier.ts';

/** The first thing that is wrong with a log, and where. */
export interface LogFault {
  sequence: number;
  sentence: string;
}

export interface LogReport {
  organizationId: string;
  size: number;
  root: Buffer;
  checkpoints: number;
  waiting: number;
  fault: LogFault | null;
}

export interface Trust {
  publicKey: KeyObject;
  /** A checkpoint kept elsewhere: only such a one can tell that somebody with our key rewrote everything. */
  external?: Checkpoint | undefined;
  pageSize?: number;
}

/**
 * Recomputes an organization's whole log from its entries, trusting nothing that is stored beside them, and names the
 * first entry that does not fit: changed, missing, inserted, moved, cut off, or not what checkpoints vouch for.
 */
export async function verifyLog(tx: Transaction, trust: Trust): Promise<LogReport> {
  const organizationId = tx.organizationId;
  invariant(organizationId !== null, 'a log belongs to an organization');
  // In this order: the log may grow meanwhile, and what was read first must not be ahead of what is read later.
  const checkpoints = await CheckpointCheck.open(tx, { organizationId, ...trust });
  const { size: claimed, waiting } = await readHead(tx, organizationId);
  const frontier = new TreeFrontier();
  const report = (fault: LogFault | null): LogReport => ({
    organizationId,
    size: frontier.size,
    root: frontier.root(),
    checkpoints: checkpoints.count,
    waiting,
    fault,
  });
  if (checkpoints.fault !== null) return report(checkpoints.fault);
  for (;;) {
    const from = frontier.size;
    const page = await readPage(tx, { organizationId, from, limit: trust.pageSize ?? 2000 });
    const stored = await readNodesOf(tx, { organizationId, from, to: from + page.length });
    for (const row of page) {
      const fault =
        checkEntry(row, { organizationId, sequence: frontier.size }) ??
        checkTree(row, frontier, stored) ??
        checkpoints.reached(frontier);
      if (fault !== null) return report(fault);
    }
    if (page.length < (trust.pageSize ?? 2000)) break;
  }
  return report(checkEnd(frontier.size, claimed) ?? checkpoints.atEnd(frontier.size));
}

/** Adds the entry to the tree and compares it with what was noted beside the entry and with what proofs are made of. */
function checkTree(
  row: EntryRow,
  frontier: TreeFrontier,
  stored: ReadonlyMap<string, Buffer>,
): LogFault | null {
  const completed = frontier.append(leafHash(Buffer.from(row.entry, 'utf8')));
  const sequence = frontier.size - 1;
  if (!frontier.root().equals(row.root_after))
    return { sequence, sentence: 'the entries up to this one do not give the root that was noted with it' };
  for (const { level, index, hash } of completed) {
    if (level === 0 || stored.get(`${level}/${index}`)?.equals(hash) === true) continue;
    return {
      sequence: index * 2 ** level,
      sentence: `the hash over the ${2 ** level} entries from here is not the one that proofs are made of`,
    };
  }
  return null;
}

function checkEnd(found: number, claimed: number): LogFault | null {
  if (found < claimed)
    return { sequence: found, sentence: `the log had ${claimed} entries; from here on they are missing` };
  if (found > claimed)
    return {
      sequence: claimed,
      sentence: `the log had ${claimed} entries; this one was added past the sequencer`,
    };
  return null;
}

async function readHead(tx: Transaction, organizationId: string): Promise<{ size: number; waiting: number }> {
  // Locked, so that the entries and the head belong together while the sequencer waits.
  const [log] = await tx.query<{ size: string }>(
    'SELECT size FROM audit_log WHERE organization_id = $1 FOR SHARE',
    [organizationId],
  );
  const [pending] = await tx.query<{ waiting: number }>(
    'SELECT count(*)::int AS waiting FROM audit_pending WHERE organization_id = $1',
    [organizationId],
  );
  return { size: Number(log?.size ?? 0), waiting: pending?.waiting ?? 0 };
}

async function readPage(
  tx: Transaction,
  page: { organizationId: string; from: number; limit: number },
): Promise<EntryRow[]> {
  return tx.query<EntryRow>(
    `SELECT e.sequence, e.id, e.action, e.entry, e.leaf_hash, e.root_after,
            o.salt, o.actor_id, o.subject_id, o.data_subject_id
     FROM audit_entry e LEFT JOIN audit_opening o ON o.entry_id = e.id
     WHERE e.organization_id = $1 AND e.sequence >= $2 ORDER BY e.sequence LIMIT $3`,
    [page.organizationId, page.from, page.limit],
  );
}

/** The stored subtrees that the entries of a page complete. */
async function readNodesOf(
  tx: Transaction,
  page: { organizationId: string; from: number; to: number },
): Promise<Map<string, Buffer>> {
  const rows = await tx.query<{ level: number; index: string; hash: Buffer }>(
    `SELECT n.level, n.index, n.hash FROM generate_series(1, 52) AS l (level)
     JOIN audit_node n ON n.organization_id = $1 AND n.level = l.level
       AND n.index >= floor($2::numeric / 2::numeric ^ l.level) AND n.index < ceil($3::numeric / 2::numeric ^ l.level)`,
    [page.organizationId, page.from, page.to],
  );
  return new Map(rows.map(({ level, index, hash }) => [`${level}/${index}`, hash]));
}

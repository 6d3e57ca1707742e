import type { KeyObject } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Database } from '@kept/database';
import { openCheckpoint, originOf } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { leafHash } from './merkle-hash.ts';
import { latestCheckpoint, proveConsistency, proveEntry } from './prove-entry.ts';
import type { EntryProof } from './prove-entry.ts';
import { formatProof } from './tlog-proof.ts';
import { verifyLog } from './verify-log.ts';
import type { LogReport } from './verify-log.ts';
import { verifyConsistency, verifyInclusion } from './verify-proof.ts';

export interface AuditCommandParts {
  database: Database;
  publicKey: KeyObject;
  readText: (path: string) => Promise<string>;
  print: (line: string) => void;
}

const USAGE = `How to use it:
  audit verify [--checkpoint FILE]… [--organization ID]   recomputes every log and names the first entry that does not fit
  audit prove ENTRY_ID                                    prints a proof that can be checked offline (.tlog-proof)
  audit consistency FILE                                  prints a proof that the log still begins with that checkpoint
  audit checkpoint [--organization ID]                    prints the newest signed checkpoint: keep it elsewhere`;

/** Runs one command; answers the exit code: 0 all is well, 1 something is not, 2 not understood. */
export async function runAuditCommand(argv: readonly string[], parts: AuditCommandParts): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { checkpoint: { type: 'string', multiple: true }, organization: { type: 'string' } },
  });
  const [command, named] = positionals;
  const organizationIds = await organizationsOf(parts.database, values.organization);
  switch (command) {
    case 'verify':
      return verifyAll(parts, organizationIds, await readExternal(parts, values.checkpoint ?? []));
    case 'prove':
      return named === undefined ? explain(parts) : prove(parts, organizationIds, named);
    case 'consistency':
      return named === undefined ? explain(parts) : proveGrowth(parts, await readExternal(parts, [named]));
    case 'checkpoint':
      return printCheckpoints(parts, organizationIds);
    default:
      return explain(parts);
  }
}

async function verifyAll(
  { database, publicKey, print }: AuditCommandParts,
  organizationIds: readonly string[],
  external: readonly Checkpoint[],
): Promise<number> {
  const known = new Set(organizationIds.map(originOf));
  let broken = 0;
  for (const { origin, size } of external.filter((checkpoint) => !known.has(checkpoint.origin))) {
    print(`BROKEN  ${origin}: the checkpoint vouches for ${size} entries, and there is no such log`);
    broken += 1;
  }
  for (const organizationId of organizationIds) {
    const own = external.filter(({ origin }) => origin === originOf(organizationId));
    // Several outside checkpoints of one log: each must hold.
    for (const checkpoint of own.length > 0 ? own : [undefined]) {
      const report = await database.transaction(organizationId, (tx) =>
        verifyLog(tx, { publicKey, external: checkpoint }),
      );
      print(sentenceOf(report, checkpoint));
      if (report.fault !== null) broken += 1;
    }
  }
  print(broken === 0 ? `${organizationIds.length} logs verified, all intact` : `${broken} logs are broken`);
  return broken === 0 ? 0 : 1;
}

function sentenceOf(report: LogReport, external: Checkpoint | undefined): string {
  const { organizationId, size, root, fault, waiting } = report;
  if (fault !== null) return `BROKEN  ${organizationId}: entry ${fault.sequence}: ${fault.sentence}`;
  const beside =
    external === undefined ? '' : `, begins with the ${external.size} entries of the checkpoint given`;
  const queue = waiting === 0 ? '' : `, ${waiting} waiting for a number`;
  return `intact  ${organizationId}: ${size} entries, root ${root.toString('base64')}${beside}${queue}`;
}

async function prove(
  { database, print }: AuditCommandParts,
  organizationIds: readonly string[],
  entryId: string,
): Promise<number> {
  if (!/^[0-9a-f-]{36}$/i.test(entryId)) throw new Error(`"${entryId}" is not the id of an entry.`);
  for (const organizationId of organizationIds) {
    const found = await database.transaction(organizationId, (tx) => proveEntry(tx, entryId));
    if (found === null) continue;
    // A proof that does not hold must not leave the house: it would look like tampering by whoever shows it.
    if (!holds(found)) throw new Error('The stored log gives no valid proof; run `audit verify`.');
    print(formatProof(found).trimEnd());
    return 0;
  }
  print(`No log has an entry ${entryId} under a signed checkpoint.`);
  return 1;
}

function holds({ entry, sequence, proof, checkpoint }: EntryProof): boolean {
  return verifyInclusion({
    index: BigInt(sequence),
    size: BigInt(checkpoint.size),
    leaf: leafHash(Buffer.from(entry, 'utf8')),
    root: checkpoint.root,
    proof,
  });
}

/** Proves growth to somebody who kept a checkpoint, without showing them a single entry. */
async function proveGrowth(
  { database, print }: AuditCommandParts,
  kept: readonly Checkpoint[],
): Promise<number> {
  let broken = 0;
  for (const older of kept) {
    const organizationId = older.origin.split('/').at(-1) ?? '';
    const { newer, proof } = await database.transaction(organizationId, async (tx) => {
      const latest = await latestCheckpoint(tx);
      if (latest === null || latest.size < older.size) return { newer: null, proof: [] };
      return { newer: latest, proof: await proveConsistency(tx, { older: older.size, newer: latest.size }) };
    });
    const claim = { older: { size: BigInt(older.size), root: older.root }, proof };
    if (
      newer === null ||
      !verifyConsistency({ ...claim, newer: { size: BigInt(newer.size), root: newer.root } })
    ) {
      print(
        `BROKEN  ${organizationId}: the log does not begin with the ${older.size} entries of the checkpoint given`,
      );
      broken += 1;
      continue;
    }
    print(
      [`consistency ${older.size} ${newer.size}`, ...proof.map((hash) => hash.toString('base64')), ''].join(
        '\n',
      ),
    );
    print(newer.note);
  }
  return broken === 0 ? 0 : 1;
}

async function printCheckpoints(
  { database, print }: AuditCommandParts,
  organizationIds: readonly string[],
): Promise<number> {
  for (const organizationId of organizationIds) {
    const checkpoint = await database.transaction(organizationId, latestCheckpoint);
    if (checkpoint !== null) print(checkpoint.note);
  }
  return 0;
}

/** A file may hold several notes, as `audit checkpoint` prints them; each is believed only if our key signed it. */
async function readExternal(
  { readText, publicKey }: AuditCommandParts,
  files: readonly string[],
): Promise<Checkpoint[]> {
  const texts = await Promise.all(files.map(readText));
  return texts.flatMap((text, index) =>
    notesIn(text).map((note) => {
      const checkpoint = openCheckpoint(note, publicKey);
      if (checkpoint === null)
        throw new Error(`${files[index]} holds a checkpoint that the log's key did not sign.`);
      return checkpoint;
    }),
  );
}

function notesIn(text: string): string[] {
  const notes = text.match(/\S+\n\d+\n[A-Za-z0-9+/=]+\n\n(?:— \S+ \S+\n?)+/g) ?? [];
  if (notes.length === 0) throw new Error('The checkpoint file holds no checkpoint.');
  return notes.map((note) => `${note.trimEnd()}\n`);
}

async function organizationsOf(database: Database, only: string | undefined): Promise<string[]> {
  if (only !== undefined) return [only];
  const rows = await database.infrastructure('audit', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM organization ORDER BY id'),
  );
  return rows.map(({ id }) => id);
}

function explain({ print }: AuditCommandParts): number {
  print(USAGE);
  return 2;
}

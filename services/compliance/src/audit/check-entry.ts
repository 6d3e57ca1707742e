import { canonicalJson } from './canonical-json.ts';
import { commit } from './commitment.ts';
import { leafHash } from './merkle-hash.ts';
import type { LogFault } from './verify-log.ts';

export interface EntryRow {
  sequence: string;
  id: string;
  action: string;
  entry: string;
  leaf_hash: Buffer;
  root_after: Buffer;
  salt: Buffer | null;
  actor_id: string | null;
  subject_id: string | null;
  data_subject_id: string | null;
}

interface Entry {
  id: string;
  sequence: number;
  organizationId: string;
  action: string;
  actor: { commitment: string | null };
  subject: { commitment: string | null };
  dataSubject: string | null;
}

/** Checks one row against itself and the place where it stands. */
export function checkEntry(
  row: EntryRow,
  place: { organizationId: string; sequence: number },
): LogFault | null {
  const { sequence } = place;
  const fault = (sentence: string): LogFault => ({ sequence, sentence });
  if (Number(row.sequence) !== sequence)
    return fault(`the entry is missing; the next one is ${row.sequence}`);
  if (!leafHash(Buffer.from(row.entry, 'utf8')).equals(row.leaf_hash))
    return fault('the entry was changed: it does not give its own hash');
  let entry: Entry;
  try {
    entry = JSON.parse(row.entry) as Entry;
    if (canonicalJson(entry) !== row.entry) return fault('the entry is not canonical JSON');
  } catch {
    return fault('the entry is not JSON');
  }
  if (entry.sequence !== sequence)
    return fault(`another entry stands in its place: one that was sequenced as ${entry.sequence}`);
  if (entry.id !== row.id || entry.action !== row.action || entry.organizationId !== place.organizationId)
    return fault('the columns beside the entry do not say what the entry says');
  return checkOpening(row, entry)
    ? null
    : fault('the people noted beside the entry are not those it commits to');
}

/** An opening may be gone (that is erasure); one that is there must be true. */
function checkOpening(row: EntryRow, entry: Entry): boolean {
  if (row.salt === null) return true;
  return (
    commit(row.salt, 'actor', row.actor_id) === entry.actor.commitment &&
    commit(row.salt, 'subject', row.subject_id) === entry.subject.commitment &&
    commit(row.salt, 'dataSubject', row.data_subject_id) === entry.dataSubject
  );
}

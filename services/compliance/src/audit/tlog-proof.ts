import type { EntryProof } from './prove-entry.ts';

/** A proof in one file that can be checked offline with nothing but the log's public key (C2SP tlog-proof). */
export function formatProof({ entry, sequence, proof, checkpoint }: EntryProof): string {
  return [
    'c2sp.org/tlog-proof@v1',
    // Not authenticated by itself: hashing it must give the leaf that the proof leads from.
    `extra ${Buffer.from(entry, 'utf8').toString('base64')}`,
    `index ${sequence}`,
    ...proof.map((hash) => hash.toString('base64')),
    '',
    checkpoint.note,
  ].join('\n');
}

import { createHash } from 'node:crypto';

/** RFC 6962 §2.1. The prefixes keep leaves and nodes apart, or a node could be passed off as an entry. */
export const EMPTY_ROOT = createHash('sha256').digest();

export function leafHash(entry: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0x00)).update(entry).digest();
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(Buffer.of(0x01)).update(left).update(right).digest();
}

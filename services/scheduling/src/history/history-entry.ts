import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import type { BookingHistory } from './booking-history.ts';

/** What an entry says, without what proves it. */
export type HistoryFacts = Omit<BookingHistory, 'previousHash' | 'hash' | 'signature'>;

/** What the first entry of a booking continues: nothing. */
export const NOTHING_BEFORE: Buffer = Buffer.alloc(32);

// The purpose is hashed along, so that no other signature of this service can be passed off as an entry.
const PURPOSE = 'kept/booking-history/v1';

/** SHA-256 over the entry before and every fact of this one, in an order that never changes: new facts go to the end. */
export function hashOf(facts: HistoryFacts, previousHash: Buffer): Buffer {
  const text = JSON.stringify([
    facts.organizationId,
    facts.bookingId,
    facts.version,
    facts.action,
    facts.at.toISOString(),
    facts.channel,
    facts.actorKind,
    facts.actorId,
    facts.linkId,
    facts.requestId,
    facts.reasonCode,
    facts.oldStatus,
    facts.newStatus,
    facts.oldStartsAt?.toISOString() ?? null,
    facts.newStartsAt.toISOString(),
    facts.oldEndsAt?.toISOString() ?? null,
    facts.newEndsAt.toISOString(),
    facts.oldProviderId,
    facts.newProviderId,
  ]);
  return createHash('sha256').update(`${PURPOSE}\n`).update(previousHash).update(text).digest();
}

/** An entry that continues another, signed by this service (Ed25519 over its hash). */
export function sealEntry(facts: HistoryFacts, previousHash: Buffer, signingKey: KeyObject): BookingHistory {
  const hash = hashOf(facts, previousHash);
  return { ...facts, previousHash, hash, signature: sign(null, hash, signingKey) };
}

/** Whether one of these keys signed the entry. */
export function isSigned(entry: BookingHistory, keys: readonly KeyObject[]): boolean {
  return keys.some((key) => verify(null, entry.hash, key, entry.signature));
}

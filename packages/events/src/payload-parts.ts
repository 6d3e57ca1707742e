import { z } from 'zod';

// The words payloads are made of. Free text is not among them: an event is copied into queues, other databases and their
// backups, where nobody's erasure reaches it.

export const id = z.uuid();

/** Who or what an audit entry is about: an id, a keyed hash, a network. Never an address or a name. */
export const reference = z.string().regex(/^[A-Za-z0-9_.:/+=-]{1,200}$/, 'must be an id without spaces');

/** `2026-03-29T01:30:00.000Z`: an instant, in UTC. */
export const instant = z.iso.datetime();

/** ISO 8601 with microseconds, or microseconds since the epoch: what the audit log orders by. */
export const microsecondInstant = z
  .string()
  .regex(/^(\d{15,17}|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)$/, 'must be an instant with microseconds');

/** A word of a program, such as `card_declined` or `booking-reminder`: no spaces, so no sentence and no name. */
export const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:-]{0,79}$/, 'must be a code without spaces');

/** A compact JWE (RFC 7516 §7.1): five parts, readable only with the recipient's key. At most 2000 characters. */
export const sealed = z
  .string()
  .max(2000)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}$/, 'must be a compact JWE');

export const timeZone = z.string().regex(/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/, 'must be an IANA time zone');
/** ISO 3166-1, as in `DE`. */
export const country = z.string().regex(/^[A-Z]{2}$/);
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code');
export const amountMinor = z.int().nonnegative();
export const version = z.int().positive();

const EMAIL = /[^\s@]+@[^\s@]+\.[^\s@]+/;

/** A short text for a message or an audit entry, such as the name of a service. Refuses what looks like an address. */
export const harmlessText = z
  .string()
  .max(500)
  .refine((text) => !EMAIL.test(text), 'must not hold an e-mail address');

export const harmlessTexts = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/), harmlessText)
  .refine((texts) => Object.keys(texts).length <= 30, 'must hold at most 30 texts');

/** How many of what, by a word of a program. */
export const counts = z
  .record(z.string().regex(/^[a-z][A-Za-z]{0,39}$/), z.int().nonnegative())
  .refine((all) => Object.keys(all).length <= 30, 'must hold at most 30 counts');

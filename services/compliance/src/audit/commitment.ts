import { createHash, randomBytes } from 'node:crypto';

/** Whom a commitment can stand for in an entry. */
export type Committed = 'actor' | 'subject' | 'dataSubject';

const PREFIX = 'kept/audit-commitment/v1';

/** 256 random bits per entry: without them an id could be found by trying those that exist. */
export function newSalt(): Buffer {
  return randomBytes(32);
}

/** Stands for an id in an entry. Whoever has the salt can prove what it stands for; once the salt is gone, nobody can. */
export function commit(salt: Buffer, role: Committed, id: string | null): string | null {
  if (id === null) return null;
  return createHash('sha256').update(`${PREFIX}|${role}|${id}|`).update(salt).digest('base64url');
}

import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { openNote, signNote } from './signed-note.ts';

/** What a log says of itself: I have `size` entries, and this is the root over all of them (C2SP tlog-checkpoint). */
export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

/** The name of an organization's log. It stands in every checkpoint, so that no log can vouch for another. */
export function originOf(organizationId: string): string {
  return `kept.example/audit/${organizationId}`;
}

/** Signs a checkpoint as a note. */
export function signCheckpoint({ origin, size, root }: Checkpoint, privateKey: KeyObject): string {
  return signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, { name: origin, privateKey });
}

/** Reads a checkpoint if the key signed it under its own origin; null otherwise. */
export function openCheckpoint(note: string, key: KeyObject): Checkpoint | null {
  const origin = originOfNote(note);
  if (origin === null) return null;
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const text = openNote(note, { name: origin, publicKey });
  const match = /^(\S+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n/.exec(text ?? '');
  if (match === null) return null;
  return { origin, size: Number(match[2]), root: Buffer.from(match[3] ?? '', 'base64') };
}

/** Which log a note claims to speak for, before anything is verified. */
export function originOfNote(note: string): string | null {
  const [origin = ''] = note.split('\n', 1);
  return /^[^\s+]+$/.test(origin) ? origin : null;
}

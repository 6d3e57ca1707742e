import { randomBytes, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { bind, openEnvelope, sealEnvelope } from './envelope.ts';
import type { KeyPurpose } from './key-wrap.ts';
import { organizationOf } from './organization.ts';
import { listOrganizationKeys } from './organization-keys.ts';

export interface KeyCheck {
  keyId: string;
  purpose: KeyPurpose;
  version: number;
  ok: boolean;
  /** In plain words what failed; null when nothing did. */
  problem: string | null;
}

export interface SelfTestReport {
  ok: boolean;
  checks: KeyCheck[];
}

/** Checks every key of the organization by use: unwrap, seal, open, and refuse what was changed by one bit. */
export async function testKeys(tx: Transaction, wrappingKey: KeyObject): Promise<SelfTestReport> {
  const bound = bind(organizationOf(tx), 'self-test', randomUUID());
  const seen = new Map<string, string>();
  const checks: KeyCheck[] = [];
  for (const { id, purpose, version, unwrap } of await listOrganizationKeys(tx, wrappingKey)) {
    let problem: string | null;
    try {
      const key = unwrap();
      problem = tryCanary(key, id, bound) ?? sameAsAnother(seen, key, id);
    } catch {
      problem = 'The key does not unwrap under the root key.';
    }
    checks.push({ keyId: id, purpose, version, ok: problem === null, problem });
  }
  return { ok: checks.every(({ ok }) => ok), checks };
}

function tryCanary(key: KeyObject, keyId: string, bound: string): string | null {
  const canary = randomBytes(24);
  const sealed = sealEnvelope(key, keyId, { text: canary, bound });
  if (!openEnvelope(key, sealed, bound).equals(canary)) return 'A canary came back different.';
  const last = sealed.length - 1;
  sealed.writeUInt8(sealed.readUInt8(last) ^ 1, last);
  try {
    openEnvelope(key, sealed, bound);
    return 'A flipped bit went unnoticed.';
  } catch {
    return null;
  }
}

/** Keys are compared by what they are, not by their ids: a copied key would open two layers at once. */
function sameAsAnother(seen: Map<string, string>, key: KeyObject, id: string): string | null {
  const bytes = key.export().toString('base64');
  const other = seen.get(bytes);
  seen.set(bytes, id);
  return other === undefined ? null : `The key is the same as key ${other}.`;
}

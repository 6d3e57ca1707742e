import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bind, openEnvelope, sealEnvelope } from './envelope.ts';
import type { FieldClass } from './field-class.ts';

/** What an organization's key is for: the classes, and the key that blind indexes are derived from. */
export type KeyPurpose = FieldClass | 'blind_index';

export interface KeyName {
  id: string;
  organizationId: string;
  version: number;
}

/** A fresh 256-bit key. KeyObjects, not buffers: they do not end up in a log or in JSON by accident. */
export function freshKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}

/** The wrapping key of one service; root keys themselves are never used on data (NIST SP 800-108: one key, one use). */
export function deriveWrappingKey(rootKey: Buffer, service: string): KeyObject {
  if (rootKey.length < 32) throw new RangeError('The root key must have at least 32 bytes.');
  return derive(createSecretKey(rootKey), bind('kept/wrapping-key/v1', service));
}

export function derive(key: KeyObject, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, 32)));
}

/** Organization keys are wrapped by the root; the purpose is bound, so a row cannot be passed off as another class. */
export function organizationKeyWrap(
  wrappingKey: KeyObject,
  name: KeyName & { purpose: KeyPurpose },
): KeyWrap {
  return keyWrap(
    wrappingKey,
    name.id,
    bind('kept/organization-key/v1', name.organizationId, name.purpose, name.version),
  );
}

/** Data subject keys are wrapped by the organization's key of their class. */
export function subjectKeyWrap(
  classKey: { id: string; key: KeyObject },
  name: KeyName & { subjectId: string; fieldClass: FieldClass },
): KeyWrap {
  const { id, organizationId, subjectId, fieldClass, version } = name;
  return keyWrap(
    classKey.key,
    classKey.id,
    bind('kept/subject-key/v1', organizationId, subjectId, fieldClass, id, version),
  );
}

interface KeyWrap {
  wrap(key: KeyObject): Buffer;
  unwrap(wrapped: Uint8Array): KeyObject;
}

function keyWrap(wrappingKey: KeyObject, wrappingKeyId: string, bound: string): KeyWrap {
  return {
    wrap: (key) => sealEnvelope(wrappingKey, wrappingKeyId, { text: key.export(), bound }),
    unwrap: (wrapped) => createSecretKey(openEnvelope(wrappingKey, wrapped, bound)),
  };
}

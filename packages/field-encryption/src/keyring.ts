import { createHmac } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { DecryptionAlert } from './decryption-alert.ts';
import type { AlertLog } from './decryption-alert.ts';
import { bind, decodeEnvelope, openEnvelope, sealEnvelope } from './envelope.ts';
import { EnvelopeRefused } from './errors.ts';
import type { FieldPlace } from './field-class.ts';
import { derive, deriveWrappingKey } from './key-wrap.ts';
import { currentOrganizationKey } from './organization-keys.ts';
import { testKeys } from './self-test.ts';
import type { SelfTestReport } from './self-test.ts';
import { SubjectKeyring } from './subject-keyring.ts';
import type { SubjectKey } from './subject-keys.ts';

export interface Keyring {
  /** Encrypts one value under the key of the person it is about. Throws `SubjectErased` when that key was destroyed. */
  seal(tx: Transaction, place: FieldPlace, text: string): Promise<Buffer>;
  /** Decrypts one value; null when there is none or the person's key was destroyed. Throws `EnvelopeRefused`. */
  open(tx: Transaction, place: FieldPlace, envelope: Uint8Array | null): Promise<string | null>;
  /** Decrypts many values, in the order given, with at most one query for all keys that are not cached. */
  openMany(tx: Transaction, fields: readonly SealedField[]): Promise<(string | null)[]>;
  /** 128 bits that are equal for equal texts within one organization and column, to look values up exactly. */
  blindIndex(tx: Transaction, where: BlindIndexPlace, normalized: string): Promise<Buffer>;
  /** Destroys every key of a person, for good: what was sealed reads as null, and nothing more can be sealed. */
  destroySubject(tx: Transaction, subjectId: string): Promise<{ keysDestroyed: number }>;
  /** How many values or keys did not open since the start. Zero is the only good number. */
  failures(): number;
  /** Opens a canary under every key of the organization and proves that a flipped bit is noticed. */
  selfTest(tx: Transaction): Promise<SelfTestReport>;
}

export interface SealedField {
  place: FieldPlace;
  envelope: Uint8Array | null;
}

export interface BlindIndexPlace {
  table: string;
  column: string;
  /** Raise it to rotate: both versions stand in two columns meanwhile. */
  version?: number;
}

const BLIND_INDEX_BYTES = 16;

export interface KeyringOptions {
  service: string;
  rootKey: Buffer;
  clock: () => Date;
  /** Is told `crypt_decrypt_fail` of everything that does not open. */
  log?: AlertLog;
}

/** Opens a service's keyring. Nothing is read before the first use; the root key stays in this process. */
export function openKeyring(options: KeyringOptions): Keyring {
  const wrappingKey = deriveWrappingKey(options.rootKey, options.service);
  const subjects = new SubjectKeyring(wrappingKey, options.clock);
  const alert = new DecryptionAlert(options.log);
  const openAll = async (tx: Transaction, fields: readonly SealedField[]): Promise<(string | null)[]> => {
    const { organizationId } = tx;
    const ids = fields.flatMap(({ place, envelope }) =>
      envelope === null ? [] : [alert.watch({ organizationId, place }, () => keyIdOf(envelope))],
    );
    const keys = await alert.watchAsync({ organizationId }, () => subjects.byId(tx, ids));
    return fields.map(({ place, envelope }) =>
      envelope === null
        ? null
        : alert.watch({ organizationId, place }, () => openField(keys, place, envelope)),
    );
  };

  return {
    async seal(tx, place, text) {
      const subjectKey = await alert.watchAsync({ organizationId: tx.organizationId }, () =>
        subjects.forSealing(tx, place),
      );
      return sealEnvelope(subjectKey.key, subjectKey.id, {
        text: Buffer.from(text, 'utf8'),
        bound: placeText(subjectKey, place),
      });
    },
    async open(tx, place, envelope) {
      const [text = null] = await openAll(tx, [{ place, envelope }]);
      return text;
    },
    openMany: openAll,
    async blindIndex(tx, { table, column, version = 1 }, normalized) {
      const indexKey = await alert.watchAsync({ organizationId: tx.organizationId }, () =>
        subjects.indexKey(tx, () =>
          currentOrganizationKey(tx, 'blind_index', { wrappingKey, now: options.clock() }),
        ),
      );
      const columnKey = derive(indexKey, bind('kept/blind-index/v1', table, column, version));
      return createHmac('sha256', columnKey)
        .update(normalized, 'utf8')
        .digest()
        .subarray(0, BLIND_INDEX_BYTES);
    },
    async destroySubject(tx, subjectId) {
      return { keysDestroyed: await subjects.destroy(tx, subjectId) };
    },
    failures: () => alert.failures,
    selfTest: (tx) => testKeys(tx, wrappingKey),
  };
}

function keyIdOf(envelope: Uint8Array): string {
  return decodeEnvelope(envelope).keyId;
}

function openField(
  keys: ReadonlyMap<string, SubjectKey>,
  place: FieldPlace,
  envelope: Uint8Array,
): string | null {
  const found = keys.get(keyIdOf(envelope));
  if (found === undefined)
    throw new EnvelopeRefused('A sealed value names a key this organization does not have.');
  if (found.subjectId !== place.subjectId || found.fieldClass !== place.fieldClass)
    throw new EnvelopeRefused('A sealed value lies under the key of another person or class.');
  const key: KeyObject | null = found.key;
  return key === null ? null : openEnvelope(key, envelope, placeText(found, place)).toString('utf8');
}

/** `organization|table|column|row|key version` (design §8). */
function placeText(key: SubjectKey, place: FieldPlace): string {
  return bind(key.organizationId, place.table, place.column, place.rowId, key.version);
}

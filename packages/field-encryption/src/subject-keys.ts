import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { SubjectErased } from './errors.ts';
import { FIELD_CLASSES } from './field-class.ts';
import type { FieldClass } from './field-class.ts';
import { freshKey, organizationKeyWrap, subjectKeyWrap } from './key-wrap.ts';
import { organizationOf } from './organization.ts';
import type { OrganizationKey } from './organization-keys.ts';

/** `key` is null once destroyed. */
export interface SubjectKey {
  id: string;
  organizationId: string;
  subjectId: string;
  fieldClass: FieldClass;
  version: number;
  key: KeyObject | null;
}

interface SubjectKeyRow {
  id: string;
  subject_id: string;
  field_class: FieldClass;
  version: number;
  wrapped_key: Buffer | null;
  class_key_id: string | null;
  class_key_version: number | null;
  class_wrapped_key: Buffer | null;
}

const SELECT_WITH_CLASS_KEY = `
  SELECT s.id, s.subject_id, s.field_class, s.version, s.wrapped_key,
         k.id AS class_key_id, k.version AS class_key_version, k.wrapped_key AS class_wrapped_key
  FROM data_subject_key s LEFT JOIN encryption_key k ON k.id = s.encryption_key_id`;

/** Reads many keys in one query, whatever their class. */
export async function subjectKeysById(
  tx: Transaction,
  ids: readonly string[],
  wrappingKey: KeyObject,
): Promise<SubjectKey[]> {
  const rows = await tx.query<SubjectKeyRow>(
    `${SELECT_WITH_CLASS_KEY} WHERE s.organization_id = $1 AND s.id = ANY($2::uuid[])`,
    [organizationOf(tx), ids],
  );
  return rows.map((row) => unwrapRow(row, organizationOf(tx), wrappingKey));
}

/** The newest key of a person for a class, or null when they have none yet. */
export async function newestSubjectKey(
  tx: Transaction,
  whose: { subjectId: string; fieldClass: FieldClass },
  wrappingKey: KeyObject,
): Promise<SubjectKey | null> {
  const [row] = await tx.query<SubjectKeyRow>(
    `${SELECT_WITH_CLASS_KEY} WHERE s.organization_id = $1 AND s.subject_id = $2 AND s.field_class = $3
     ORDER BY s.version DESC LIMIT 1`,
    [organizationOf(tx), whose.subjectId, whose.fieldClass],
  );
  return row === undefined ? null : unwrapRow(row, organizationOf(tx), wrappingKey);
}

/** Makes the first key of a person for a class; when two callers race, one row wins and both read it afterwards. */
export async function insertSubjectKey(
  tx: Transaction,
  whose: { subjectId: string; fieldClass: FieldClass },
  under: { classKey: OrganizationKey; now: Date },
): Promise<void> {
  const name = { id: randomUUID(), organizationId: organizationOf(tx), version: 1, ...whose };
  await tx.query(
    `INSERT INTO data_subject_key
       (id, organization_id, subject_id, field_class, version, encryption_key_id, wrapped_key, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (organization_id, subject_id, field_class, version) DO NOTHING`,
    [
      name.id,
      name.organizationId,
      name.subjectId,
      name.fieldClass,
      name.version,
      under.classKey.id,
      subjectKeyWrap(under.classKey, name).wrap(freshKey()),
      under.now,
    ],
  );
}

/**
 * Destroys every key of a person, and leaves tombstones for the classes never used, so that no key can be made later.
 * Returns how many keys were destroyed now.
 */
export async function destroySubjectKeys(tx: Transaction, subjectId: string, now: Date): Promise<number> {
  const organizationId = organizationOf(tx);
  await tx.query(
    `INSERT INTO data_subject_key (id, organization_id, subject_id, field_class, version, created_at, destroyed_at)
     SELECT gen_random_uuid(), $1, $2, field_class, 1, $4, $4 FROM unnest($3::text[]) AS field_class
     ORDER BY field_class
     ON CONFLICT (organization_id, subject_id, field_class, version) DO NOTHING`,
    [organizationId, subjectId, FIELD_CLASSES, now],
  );
  const [counted] = await tx.query<{ destroyed: number }>(
    `WITH gone AS (
       UPDATE data_subject_key SET wrapped_key = NULL, destroyed_at = $3
       WHERE organization_id = $1 AND subject_id = $2 AND wrapped_key IS NOT NULL RETURNING 1)
     SELECT count(*)::int AS destroyed FROM gone`,
    [organizationId, subjectId, now],
  );
  return counted?.destroyed ?? 0;
}

/** Gives the key to seal with, or refuses: a destroyed key means the person was erased. */
export function keyForSealing(found: SubjectKey): SubjectKey & { key: KeyObject } {
  if (found.key === null) throw new SubjectErased();
  return { ...found, key: found.key };
}

function unwrapRow(row: SubjectKeyRow, organizationId: string, wrappingKey: KeyObject): SubjectKey {
  const name = {
    id: row.id,
    organizationId,
    subjectId: row.subject_id,
    fieldClass: row.field_class,
    version: row.version,
  };
  const { wrapped_key, class_key_id, class_key_version, class_wrapped_key } = row;
  if (
    wrapped_key === null ||
    class_key_id === null ||
    class_key_version === null ||
    class_wrapped_key === null
  )
    return { ...name, key: null };
  const classKey = organizationKeyWrap(wrappingKey, {
    id: class_key_id,
    organizationId,
    purpose: row.field_class,
    version: class_key_version,
  }).unwrap(class_wrapped_key);
  return { ...name, key: subjectKeyWrap({ id: class_key_id, key: classKey }, name).unwrap(wrapped_key) };
}

import type { FieldClass } from '@kept/field-encryption';
import type { RetentionRule } from './retention-rule.ts';
import type { PurposeOfData } from './vocabulary/purposes.ts';

export interface PersonalData {
  /** Whose it is: a property (entities) or column (tables) of the same row, or `table.column` when the row only points to it. */
  subject: string;
  /** A term of the Data Privacy Vocabulary, e.g. `pd:EmailAddress`, or of our own (vocabulary/): the build knows them all. */
  category: `pd:${string}` | `kept:${string}`;
  /** GDPR article 9(2): what allows a special category, such as `gdpr:A9-2-h`. Nothing special is kept without it. */
  specialCondition?: `gdpr:A9-2-${string}`;
  /** Sealed under this class of keys. Without it the column stands in clear. */
  fieldClass?: FieldClass;
  /** Of the registry in vocabulary/purposes.ts. */
  purposes: readonly PurposeOfData[];
  /** Lawful basis, e.g. `gdpr:A6-1-b` (contract). */
  basis: `gdpr:${string}`;
  /** Why it is needed, as you would tell the person. */
  reason: string;
  retention: RetentionRule;
  /** What erasing the person does to it. */
  erase: 'shred' | 'delete' | 'keep';
  /** Whether it stands in the person's export. */
  export: 'client' | 'none';
  /** Direct identifiers must be sealed; one that stands in clear says here why it must. */
  inClearBecause?: string;
}

export type PersonalColumn = PersonalData & { readonly personal: true };
export interface NotPersonalColumn {
  readonly personal: false;
  reason: string;
}
export type ColumnDeclaration = PersonalColumn | NotPersonalColumn;

export interface TableDeclaration {
  table: string;
  columns: Readonly<Record<string, ColumnDeclaration>>;
}

/** Declares a column of a table that has no entity as personal data. */
export function personal(data: PersonalData): PersonalColumn {
  return { ...data, personal: true };
}

/** Declares that a column is not about a person, and why one can be sure. */
export function notPersonal(reason: string): NotPersonalColumn {
  if (reason.trim() === '') throw new Error('notPersonal() needs a reason.');
  return { personal: false, reason };
}

/** Declares every column of a table that has no entity. */
export function declareTable(
  table: string,
  columns: Readonly<Record<string, ColumnDeclaration>>,
): TableDeclaration {
  return { table, columns };
}

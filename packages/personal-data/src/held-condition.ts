import type { PurgePlan } from './purge-batch.ts';
import { quoted } from './quoted.ts';

/**
 * SQL that is true for a row `t` under a legal hold. Three tests instead of one with OR: each then uses its own partial
 * index. A hold on a class of data stops whole rows from going, and the emptying of columns of that class.
 */
export function heldCondition(
  { rule, subjects, primaryKey }: PurgePlan,
  parameter: { organization: string; table: string; classes: string },
): string {
  const inForce = `h.organization_id = ${parameter.organization} AND h.released_at IS NULL`;
  const forTable = `(h.table_name IS NULL OR h.table_name = ${parameter.table})`;
  const forClass =
    rule.then === 'delete_row'
      ? `${parameter.classes}::text[] IS NOT NULL`
      : `(h.field_class IS NULL OR h.field_class = ANY(${parameter.classes}::text[]))`;
  const people = `ARRAY[${subjects.map((column) => `t.${quoted(column)}`).join(', ')}]::uuid[]`;
  const [key] = primaryKey;
  const tests = [
    `h.subject_id IS NULL AND h.row_id IS NULL AND ${forTable}`,
    ...(subjects.length === 0 ? [] : [`h.row_id IS NULL AND h.subject_id = ANY(${people}) AND ${forTable}`]),
    ...(primaryKey.length === 1 && key?.type === 'uuid'
      ? [
          `h.row_id = t.${quoted(key.name)} AND ${forTable} AND (h.subject_id IS NULL OR h.subject_id = ANY(${people}))`,
        ]
      : []),
  ];
  return `(${tests
    .map((test) => `EXISTS (SELECT 1 FROM legal_hold h WHERE ${inForce} AND ${forClass} AND ${test})`)
    .join(' OR ')})`;
}

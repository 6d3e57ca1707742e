import type { AccessBatch } from './batch.ts';
import type { NamedRecord } from './store-access-records.ts';

/** Puts names for the numbers of a batch; a subject's fields then count into its record's own list, from one. */
export function nameFields({ coordinates, records }: AccessBatch): NamedRecord[] {
  const named = (numbers: readonly number[]) =>
    numbers.flatMap((number) => (coordinates[number] === undefined ? [] : [coordinates[number]]));
  return records.map(({ answered, denied, violations, subjects, ...record }) => {
    const all = [...new Set([...answered, ...subjects.flatMap(({ fields }) => fields)])];
    const places = new Map(all.map((number, index) => [number, index + 1]));
    return {
      ...record,
      coordinates: named(all),
      denied: named(denied),
      violations: named(violations),
      subjects: subjects.map(({ id, fields }) => ({
        id,
        fields: fields.flatMap((number) => places.get(number) ?? []),
      })),
    };
  });
}

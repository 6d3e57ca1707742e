import type { TableDeclaration } from './declaration.ts';

export interface InventoryEntry {
  service: string;
  table: string;
  column: string;
  personal: boolean;
  reason: string;
  subject: string | null;
  category: string | null;
  specialCondition: string | null;
  fieldClass: string | null;
  purposes: readonly string[];
  basis: string | null;
  retention: {
    name: string;
    clock: string;
    period: string;
    then: string;
    reason: string;
    onlyWhen: string | null;
  } | null;
  erase: string | null;
  export: string | null;
}

/** What a service holds and why, one entry per column, in a stable order: plain JSON for notices, reviews and diffs. */
export function inventory(declarations: readonly TableDeclaration[], service = ''): InventoryEntry[] {
  return declarations
    .flatMap(({ table, columns }) =>
      Object.entries(columns).map(([column, declaration]): InventoryEntry => {
        if (!declaration.personal)
          return { ...NOTHING_PERSONAL, service, table, column, personal: false, reason: declaration.reason };
        const { name, clock, period, then, reason, onlyWhen = null } = declaration.retention;
        return {
          service,
          table,
          column,
          personal: true,
          reason: declaration.reason,
          subject: declaration.subject,
          category: declaration.category,
          specialCondition: declaration.specialCondition ?? null,
          fieldClass: declaration.fieldClass ?? null,
          purposes: declaration.purposes,
          basis: declaration.basis,
          retention: { name, clock, period, then, reason, onlyWhen },
          erase: declaration.erase,
          export: declaration.export,
        };
      }),
    )
    .toSorted((one, other) => compare(one.table, other.table) || compare(one.column, other.column));
}

const NOTHING_PERSONAL = {
  subject: null,
  category: null,
  specialCondition: null,
  fieldClass: null,
  purposes: [],
  basis: null,
  retention: null,
  erase: null,
  export: null,
};

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

import type { ValueTransformer } from 'typeorm';
import { invariant } from '@kept/subgraph-kit';

/** bigint in PostgreSQL, which arrives as text; the tables keep amounts below 10^12, far below 2^53. */
export const minorUnits: ValueTransformer = {
  to: (value: number | null): string | null => (value === null ? null : String(value)),
  from: (text: string | null): number | null => {
    if (text === null) return null;
    const value = Number(text);
    invariant(Number.isSafeInteger(value), 'amounts are checked by the table');
    return value;
  },
};

import { createHash } from 'node:crypto';
import type { TableDeclaration } from './declaration.ts';
import { inventory, type InventoryEntry } from './inventory.ts';

/** Everything a service says about its columns, in one spelling: two of one hash say the same. */
export interface PrivacyManifest {
  readonly format: 1;
  readonly service: string;
  readonly columns: readonly Omit<InventoryEntry, 'service'>[];
}

/** What a service declares, whatever order it declares it in. */
export function manifestOf(declarations: readonly TableDeclaration[], service: string): PrivacyManifest {
  return {
    format: 1,
    service,
    columns: inventory(declarations).map(({ service: _own, ...column }) => column),
  };
}

/** SHA-256 of the canonical JSON (RFC 8785), as 64 hexadecimal digits. */
export function hashOfManifest(manifest: PrivacyManifest): string {
  return createHash('sha256').update(canonical(manifest)).digest('hex');
}

// RFC 8785 for what stands in a manifest: strings, small integers, booleans, null. Keys of ASCII sort as it asks.
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

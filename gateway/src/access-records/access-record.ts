import type { Caller } from '@kept/passport';

/** One answered operation that gave personal data or was refused some, as it waits to be sent. */
export interface AccessRecord {
  readonly id: string;
  readonly occurredAt: string;
  readonly organizationId: string;
  readonly actor: { readonly kind: Caller['kind']; readonly id: string | null };
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly operation: {
    readonly name: string | null;
    readonly hash: string;
    readonly kind: 'query' | 'mutation';
  };
  readonly client: string | null;
  readonly purposes: readonly string[];
  /** Coordinates by name: what is answered by field of a person, then what was refused. */
  readonly answered: readonly string[];
  readonly rows: number;
  readonly subjects: readonly { readonly id: string; readonly fields: readonly string[] }[];
  readonly denied: readonly string[];
  readonly violations: readonly string[];
  readonly emergency: boolean;
  readonly occurrences: number;
}

/** What somebody will ask about: it is kept longest when there is no room. */
export const isAuditWorthy = ({ denied, violations, emergency }: AccessRecord): boolean =>
  denied.length > 0 || violations.length > 0 || emergency;

/** How much room a record takes, in persons. */
export const weightOf = ({ subjects }: AccessRecord): number => 1 + subjects.length;

/** The body of a batch: every name once, in front, and numbers that count into that list. */
export function writeBatch(id: string, records: readonly AccessRecord[]): string {
  const numbers = new Map<string, number>();
  const lists = new Map<readonly string[], readonly number[]>();
  const numbered = (names: readonly string[]) => {
    const list = lists.get(names) ?? numbersOf(names);
    lists.set(names, list);
    return list;
  };
  const numbersOf = (names: readonly string[]) =>
    names.map((name) => {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      return numbers.size - 1;
    });
  const written = records.map((record) => ({
    ...record,
    answered: numbered(record.answered),
    denied: numbered(record.denied),
    violations: numbered(record.violations),
    subjects: record.subjects.map((subject) => ({ id: subject.id, fields: numbered(subject.fields) })),
  }));
  return JSON.stringify({ id, coordinates: [...numbers.keys()], records: written });
}

import { Kind, type TypeNode } from 'graphql';
import type { Audience } from './audiences.ts';

/** Who may read or send one field, and what it takes and gives. */
export interface FieldAccess {
  readonly allow: readonly Audience[];
  /** The named type it gives (of an input field: takes), without lists and non-null marks. */
  readonly type: string;
  readonly nonNull: boolean;
  readonly list: boolean;
  readonly arguments: ReadonlyMap<string, readonly Audience[]>;
}

/** An object or input type: who may reach a row of it, and each of its fields. */
export interface TypeAccess {
  readonly name: string;
  readonly input: boolean;
  readonly root: boolean;
  /** Of a root type: nobody in particular, its fields carry their own. */
  readonly allow: readonly Audience[];
  readonly fields: ReadonlyMap<string, FieldAccess>;
}

/** The whole policy of a schema: each classified type, and what stands behind each interface and union. */
export interface AccessMap {
  readonly types: ReadonlyMap<string, TypeAccess>;
  readonly interfaces: ReadonlyMap<string, AbstractType>;
  readonly unions: ReadonlyMap<string, AbstractType>;
}

/** An interface or union: no policy of its own, only that of the objects behind it. */
export interface AbstractType {
  readonly name: string;
  readonly possibleTypes: readonly string[];
  /** Fields that an interface itself declares. */
  readonly fields: readonly string[];
}

/** The schema's policy cannot be read: every reason, one per line. */
export class AccessPolicyError extends Error {
  override readonly name = 'AccessPolicyError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The access policy of the schema cannot be used:\n${problems.map((text) => `  ${text}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** The name inside lists and non-null marks. */
export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

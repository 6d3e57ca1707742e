import { Kind, type TypeNode } from 'graphql';
import type { Audience } from './audiences.ts';
import type { Purpose } from './purposes.ts';

/** Whom something is for, and what it may be used for. */
export interface Classification {
  readonly allow: readonly Audience[];
  /** Empty: not personal, so that no purpose is needed. */
  readonly purposes: readonly Purpose[];
}

/** Who may read or send one field, and what it takes and gives. */
export interface FieldAccess extends Classification {
  /** The named type it gives (of an input field: takes), without lists and non-null marks. */
  readonly type: string;
  readonly nonNull: boolean;
  readonly list: boolean;
  readonly arguments: ReadonlyMap<string, Classification>;
}

/** An object or input type: who may reach a row of it, and each of its fields. */
export interface TypeAccess extends Classification {
  readonly name: string;
  readonly input: boolean;
  /** A root type allows nobody in particular: its fields carry their own. */
  readonly root: boolean;
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

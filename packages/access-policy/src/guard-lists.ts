import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import { mayRead, type Ability } from './ability.ts';
import type { AccessMap } from './access-map.ts';
import { isRelation } from './audiences.ts';

/** Where a list of rows comes from, of which some callers may know only a part. */
interface ConditionalList {
  readonly coordinate: string;
  readonly field: GraphQLField<unknown, unknown>;
  /** The type of its rows. */
  readonly rows: string;
}

const guarded = new WeakSet<GraphQLField<unknown, unknown>>();

/**
 * Lists are filtered in SQL, by `sqlCondition`, because a page has to be full and a count true. This proves it each time: a
 * list that holds a row of which its caller may not know is no answer at all, but a mistake of the service, and said so
 * loudly. Rows behind a union or an interface are left to the guards of their fields.
 */
export function guardLists<Context>(guard: {
  readonly schema: GraphQLSchema;
  readonly access: AccessMap;
  readonly abilityOf: (context: Context) => Ability;
}): void {
  for (const { coordinate, field, rows } of conditionalLists(guard)) {
    const resolve = field.resolve ?? defaultFieldResolver;
    // oxlint-disable-next-line max-params -- the signature is graphql-js's
    field.resolve = (parent, argumentsGiven, context, info) => {
      const list: unknown = resolve(parent, argumentsGiven, context, info);
      const check = (row: unknown) => {
        if (typeof row !== 'object' || row === null || row instanceof Error) return;
        if (!mayRead(guard.abilityOf(context as Context), rows, row))
          throw new Error(
            `${coordinate} gave a ${rows} of which its caller may not know: filter the list in SQL.`,
          );
      };
      return checked(list, check);
    };
    guarded.add(field);
  }
}

type Check = (row: unknown) => void;

function checked(list: unknown, check: Check): unknown {
  if (isThenable(list)) return list.then((loaded) => checked(loaded, check));
  if (!Array.isArray(list)) return list;
  const rows: unknown[] = list;
  for (const row of rows) if (!isThenable(row)) check(row);
  return rows.some(isThenable) ? rows.map((row) => (isThenable(row) ? checkedLater(row, check) : row)) : rows;
}

async function checkedLater(row: PromiseLike<unknown>, check: Check): Promise<unknown> {
  const loaded = await row;
  check(loaded);
  return loaded;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** Coordinates that give a list of rows that depend on who asks, and that nobody checks. Empty after `guardSchema`. */
export const unguardedLists = (schema: GraphQLSchema, access: AccessMap): string[] =>
  conditionalLists({ schema, access })
    .filter(({ field }) => !guarded.has(field))
    .map(({ coordinate }) => coordinate);

function conditionalLists({
  schema,
  access,
}: {
  schema: GraphQLSchema;
  access: AccessMap;
}): ConditionalList[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const rules = access.types.get(type.name);
    if (!isObjectType(type) || !rules) return [];
    return Object.values(type.getFields()).flatMap((field): ConditionalList[] => {
      const rows = getNamedType(field.type).name;
      const allow = access.types.get(rows)?.allow ?? [];
      const depends = allow.some(isRelation) && !allow.includes('PUBLIC');
      if (!depends || !rules.fields.has(field.name) || !isListType(getNullableType(field.type))) return [];
      return [{ coordinate: `${type.name}.${field.name}`, field, rows }];
    });
  });
}

import {
  defaultFieldResolver,
  GraphQLError,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { mayAsk, mayRead, type Ability, type Relations } from './ability.ts';
import { AccessPolicyError, type AccessMap, type TypeAccess } from './access-map.ts';
import { isRelation } from './audiences.ts';
import { guardLists, unguardedLists } from './guard-lists.ts';

/** What a caller gets for a field that is not for them: the same words and code from gateway and subgraph. */
export const FIELD_DENIED = {
  code: 'UNAUTHORIZED_FIELD_OR_TYPE',
  message: 'You may not see or do this.',
} as const;

const guarded = new WeakSet<object>();

interface Guard<Context> {
  readonly schema: GraphQLSchema;
  readonly access: AccessMap;
  readonly abilityOf: (context: Context) => Ability;
  /** When given, every relation that the schema names must have a meaning here. */
  readonly relations?: Relations | undefined;
}

/**
 * Puts the policy into an executable subgraph schema: each resolver of a field that is not for everybody asks about
 * the row first (null and an error when refused), and each `__resolveReference` answers null for a row that the
 * caller may not know of. The gateway has asked before, but it is not trusted blindly.
 */
export function guardSchema<Context>(guard: Guard<Context>): GraphQLSchema {
  if (guard.relations) refuseMissingRelations(guard.access, guard.relations);
  guardLists(guard);
  for (const type of Object.values(guard.schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const rules = guard.access.types.get(type.name);
    if (!rules) continue;
    for (const field of Object.values(type.getFields())) guardField(type, field, { rules, guard });
    if (!rules.root && !isPublic(rules.allow)) guardReferences(type, guard);
  }
  const open = [
    ...unguardedCoordinates(guard.schema, guard.access),
    ...unguardedLists(guard.schema, guard.access),
  ];
  if (open.length > 0)
    throw new AccessPolicyError(open.map((coordinate) => `${coordinate}: is not guarded.`));
  return guard.schema;
}

const isPublic = (allow: readonly string[]) => allow.includes('PUBLIC');
const sameAudiences = (one: readonly string[], other: readonly string[]) =>
  one.length > 0 && one.length === other.length && one.every((audience) => other.includes(audience));
const needsGuard = (rules: TypeAccess, field: string) =>
  !isPublic(rules.fields.get(field)?.allow ?? []) || !(rules.root || isPublic(rules.allow));

function guardField<Context>(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { rules, guard }: { rules: TypeAccess; guard: Guard<Context> },
): void {
  // Federation's own `_entities` and `_service` are behind the passport, and entities behind guardReferences.
  if (!rules.fields.has(field.name) || !needsGuard(rules, field.name)) return;
  const resolve = field.resolve ?? defaultFieldResolver;
  // The field is for the same people as its type: whoever may reach the row may read it, and one question decides both.
  const asItsType = !rules.root && sameAudiences(rules.allow, rules.fields.get(field.name)?.allow ?? []);
  const question = asItsType ? undefined : field.name;
  // oxlint-disable-next-line max-params -- the signature is graphql-js's
  field.resolve = (parent, argumentsGiven, context, info) => {
    const ability = guard.abilityOf(context as Context);
    const granted = rules.root
      ? mayAsk(ability, type.name, field.name)
      : mayRead(ability, type.name, parent as object, question);
    if (!granted) throw new GraphQLError(FIELD_DENIED.message, { extensions: { code: FIELD_DENIED.code } });
    return resolve(parent, argumentsGiven, context, info);
  };
  guarded.add(field.resolve);
}

type ResolveReference = (reference: unknown, context: unknown, info: unknown) => unknown;
interface SubgraphExtensions {
  apollo?: { subgraph?: { resolveReference?: ResolveReference } };
}

function guardReferences<Context>(type: GraphQLObjectType, guard: Guard<Context>): void {
  const extensions = type.extensions as SubgraphExtensions;
  const original = extensions.apollo?.subgraph?.resolveReference ?? ((reference: unknown) => reference);
  const filter = (row: unknown, context: unknown) => {
    if (typeof row !== 'object' || row === null || row instanceof Error) return row ?? null;
    return mayRead(guard.abilityOf(context as Context), type.name, row) ? row : null;
  };
  const resolveReference: ResolveReference = (reference, context, info) => {
    const row = original(reference, context, info);
    return row instanceof Promise ? row.then((loaded) => filter(loaded, context)) : filter(row, context);
  };
  guarded.add(resolveReference);
  type.extensions = {
    ...type.extensions,
    apollo: {
      ...extensions.apollo,
      subgraph: { ...extensions.apollo?.subgraph, resolveReference },
    },
  };
}

/** Coordinates that are not for everybody and whose resolver nobody guards. Empty after `guardSchema`. */
export function unguardedCoordinates(schema: GraphQLSchema, access: AccessMap): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const rules = access.types.get(type.name);
    if (!isObjectType(type) || !rules) return [];
    const open = Object.values(type.getFields())
      .filter(
        ({ name, resolve }) =>
          rules.fields.has(name) && needsGuard(rules, name) && !(resolve && guarded.has(resolve)),
      )
      .map(({ name }) => `${type.name}.${name}`);
    const reference = (type.extensions as SubgraphExtensions).apollo?.subgraph?.resolveReference;
    const openReference = reference && !isPublic(rules.allow) && !guarded.has(reference);
    return openReference ? [...open, `${type.name}.__resolveReference`] : open;
  });
}

function refuseMissingRelations(access: AccessMap, relations: Relations): void {
  const missing = [...access.types.values()].flatMap((type) => {
    const named = [...type.allow, ...[...type.fields.values()].flatMap((field) => field.allow)].filter(
      isRelation,
    );
    return [...new Set(named)]
      .filter((relation) => relations[type.name]?.[relation] === undefined)
      .map((relation) => `${type.name}: no policy file says what ${relation} means.`);
  });
  if (missing.length > 0) throw new AccessPolicyError(missing);
}

// Walks the schema for every place at which a client can send an id, and makes an operation for each: everything that the
// operation can answer is asked for, and everything else that it needs is filled in.
import { randomUUID } from 'node:crypto';
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** One argument, or one input field inside an argument, that takes an id. */
export interface IdPlace {
  readonly kind: 'query' | 'mutation';
  readonly field: GraphQLField<unknown, unknown>;
  /** The argument, then the input fields on the way: `['input', 'bookingId']`. */
  readonly path: readonly string[];
}

export interface Selecting {
  readonly schema: GraphQLSchema;
  /** Whether somebody may ask for a field at all: a mutation with one that they may not is refused whole. */
  readonly mayRead: (type: string, field: string) => boolean;
}

// Besides ids proper: keys of idempotency name an answer that somebody was given, and these texts carry ids inside.
const ID_TYPES = new Set(['ID', 'UUID']);
const TEXTS_WITH_IDS = new Set(['after', 'quote']);

/** Every place of the schema that takes an id. */
export function idPlaces(schema: GraphQLSchema): IdPlace[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
  ] as const;
  return roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).flatMap((field) =>
      field.args.flatMap((argument) =>
        pathsTo(argument.type, [argument.name]).map((path) => ({ kind, field, path })),
      ),
    ),
  );
}

function pathsTo(type: GraphQLInputType, path: readonly string[]): (readonly string[])[] {
  const named = getNamedType(type);
  const name = path.at(-1) ?? '';
  if (ID_TYPES.has(named.name) || (named.name === 'String' && TEXTS_WITH_IDS.has(name))) return [path];
  // An input that holds itself is looked into once.
  if (!isInputObjectType(named) || path.length > 4) return [];
  return Object.values(named.getFields()).flatMap((field) => pathsTo(field.type, [...path, field.name]));
}

/** The gateway takes 500; the words of a selection are its fields and some aliases. */
const FIELDS_MAX = 450;

/** The operation of a place, with `value` there. Ids at other places are `elsewhere`, which exist nowhere. */
export function operationWith(
  place: IdPlace,
  { value, elsewhere, ...selecting }: Selecting & { value: unknown; elsewhere: string },
): { query: string; variables: Record<string, unknown> } {
  const { kind, field, path } = place;
  const needed = field.args.filter(({ name, type }) => isNonNullType(type) || name === path[0]);
  const declared = needed.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const given = needed.map(({ name }) => `${name}: $${name}`).join(', ');
  const variables = Object.fromEntries(
    needed.map(({ name, type }) => [
      name,
      valueFor(type, { name, elsewhere, path: name === path[0] ? path.slice(1) : undefined, value }),
    ]),
  );
  // Lists of lists cost more than one operation may, and five hundred fields are too many: fewer levels show the same rows.
  const deepest = isListType(getNullableType(field.type)) ? 2 : 3;
  let below = selectionOf(getNamedType(field.type), selecting, { depth: deepest });
  for (let depth = deepest - 1; depth > 0 && (below.match(/\w+/g) ?? []).length > FIELDS_MAX; depth -= 1)
    below = selectionOf(getNamedType(field.type), selecting, { depth });
  return { query: `${kind} Foreign(${declared}) { ${field.name}(${given}) ${below} }`, variables };
}

interface Filling {
  readonly name: string;
  readonly elsewhere: string;
  /** The rest of the way to the place; empty at it, undefined beside it. */
  readonly path: readonly string[] | undefined;
  readonly value: unknown;
}

function valueFor(type: GraphQLInputType, filling: Filling): unknown {
  const { path, value, elsewhere } = filling;
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [valueFor(nullable.ofType, filling)];
  if (path?.length === 0) return value;
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name;
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(
      (field) => isNonNullType(field.type) || field.name === path?.[0],
    );
    return Object.fromEntries(
      fields.map((field) => [
        field.name,
        valueFor(field.type, {
          ...filling,
          name: field.name,
          path: field.name === path?.[0] ? path.slice(1) : undefined,
        }),
      ]),
    );
  }
  const samples: Record<string, unknown> = {
    Int: 1,
    Float: 1,
    Boolean: true,
    MinorUnits: 100,
    DateTime: '2099-03-02T10:00:00Z',
    LocalDate: '2099-03-02',
    TimeZone: 'Europe/London',
    UUID: randomUUID(),
    ID: elsewhere,
  };
  return samples[getNamedType(nullable).name] ?? 'Some-Text-42-Lantern';
}

/** Everything below a type that may be asked for, some levels deep. */
export function selectionOf(
  type: GraphQLNamedType,
  selecting: Selecting,
  { depth = 3, taken = new Map<string, string>() } = {},
): string {
  if (isLeafType(type)) return '';
  if (isUnionType(type)) {
    const members = type.getTypes().map((member) => {
      const fields = fieldsOf(member, selecting, { depth, taken });
      return fields === '' ? '' : `... on ${member.name} { ${fields} }`;
    });
    return `{ __typename ${members.join(' ')} }`;
  }
  return `{ __typename ${fieldsOf(type, selecting, { depth, taken })} }`;
}

function fieldsOf(
  type: GraphQLNamedType,
  selecting: Selecting,
  { depth, taken }: { depth: number; taken: Map<string, string> },
): string {
  if (!isObjectType(type)) return '';
  const parts: string[] = [];
  for (const field of Object.values(type.getFields())) {
    const named = getNamedType(field.type);
    const needsMore = field.args.some(
      (argument) => isNonNullType(argument.type) && argument.defaultValue === undefined,
    );
    if (needsMore || !selecting.mayRead(type.name, field.name) || (!isLeafType(named) && depth === 0))
      continue;
    // Members of a union share their keys: two of one name must be of one type.
    const written = String(field.type);
    if ((taken.get(field.name) ?? written) !== written) continue;
    taken.set(field.name, written);
    parts.push(
      `${field.name} ${selectionOf(named, selecting, { depth: depth - 1, taken: new Map<string, string>() })}`,
    );
  }
  return parts.join(' ');
}

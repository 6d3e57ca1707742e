import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** Random numbers from a seed (mulberry32): a failure names its seed, and the seed brings it back. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A random valid query over a schema: aliases, fragments of both kinds, unions, interfaces, `@include` and `@skip`. */
export const randomQuery = (schema: GraphQLSchema, random: () => number): string =>
  randomOperation(schema, random, { kind: 'query', inputs: 'required' }).text;

export interface RandomOperation {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Wanted {
  readonly kind: 'query' | 'mutation';
  /** `all`: optional arguments too, as literals and variables, with input objects of every depth. */
  readonly inputs: 'required' | 'all';
  /** Values of ids that mean somebody. */
  readonly ids?: readonly string[];
}

/** A random operation over a schema; valid but for fields that do not merge, which are rare. */
export function randomOperation(
  schema: GraphQLSchema,
  random: () => number,
  { kind, inputs, ids = ['x'] }: Wanted,
): RandomOperation {
  const fragments: string[] = [];
  const { argumentsOf, variables, declared } = openInputs(random, { inputs, ids });
  let names = 0;
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const directive = () =>
    pick([
      '',
      '',
      '',
      '',
      ' @include(if: $yes)',
      ' @skip(if: $no)',
      ' @include(if: true)',
      ' @skip(if: true)',
    ]) ?? '';
  const possible = (type: GraphQLCompositeType) =>
    isObjectType(type) ? [type] : [...schema.getPossibleTypes(type)];
  const field = (type: GraphQLCompositeType, depth: number): string => {
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const chosen = random() < 0.1 ? undefined : pick(fields);
    if (!chosen) return `${random() < 0.3 ? `k${names++}: ` : ''}__typename`;
    const named = getNamedType(chosen.type);
    if (isCompositeType(named) && depth <= 0) return '__typename';
    const given = argumentsOf(chosen);
    // The response key is unique unless the field takes nothing, so that fields always merge.
    const alias = given || random() < 0.3 ? `k${names++}: ` : '';
    const below = isCompositeType(named) ? ` ${selection(named, depth - 1)}` : '';
    return `${alias}${chosen.name}${given}${directive()}${below}`;
  };
  const fragment = (type: GraphQLCompositeType, depth: number): string => {
    const on = pick([type, ...possible(type)]) ?? type;
    const inside = selection(on, depth - 1);
    if (random() < 0.5)
      return `... ${random() < 0.2 && on === type ? '' : `on ${on.name} `}${directive()}${inside}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${on.name} ${inside}`);
    return `...${name}${directive()}`;
  };
  const selection = (type: GraphQLCompositeType, depth: number): string => {
    const size = 1 + Math.floor(random() * 3);
    const parts = Array.from({ length: size }, () =>
      depth > 0 && random() < 0.35 ? fragment(type, depth) : field(type, depth),
    );
    return `{ ${parts.join(' ')} }`;
  };
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  if (!root) throw new Error(`The graph has no ${kind}.`);
  const text = `${selection(root, 4)} ${fragments.join(' ')}`;
  if (text.includes('$yes')) declared.push('$yes: Boolean = true');
  if (text.includes('$no')) declared.push('$no: Boolean = false');
  return { text: `${kind} ${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${text}`, variables };
}

function openInputs(
  random: () => number,
  { inputs, ids }: { inputs: Wanted['inputs']; ids: readonly string[] },
) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const id = () => ids[Math.floor(random() * ids.length)] ?? 'x';
  const valueOf = (type: GraphQLInputType, depth = 2): unknown => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return [valueOf(nullable.ofType, depth - 1)];
    if (!isInputObjectType(nullable)) return scalar(nullable.name, id, random);
    const fields = Object.values(nullable.getFields()).filter(
      (field) => isNonNullType(field.type) || (depth > 0 && random() < 0.5),
    );
    return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, depth - 1)]));
  };
  const argumentsOf = ({ args }: GraphQLField<unknown, unknown>) => {
    const given = args.filter(({ type }) => isNonNullType(type) || (inputs === 'all' && random() < 0.4));
    const written = given.map(({ name, type }) => {
      const value = inputs === 'all' ? valueOf(type) : 'x';
      if (inputs === 'required' || random() < 0.5) return `${name}: ${literal(value)}`;
      const variable = `v${declared.length}`;
      declared.push(`$${variable}: ${String(type)}`);
      variables[variable] = value;
      return `${name}: $${variable}`;
    });
    return written.length > 0 ? `(${written.join(', ')})` : '';
  };
  return { argumentsOf, variables, declared };
}

function scalar(type: string, id: () => string, random: () => number): unknown {
  if (type === 'Int' || type === 'Float') return 1 + Math.floor(random() * 9);
  if (type === 'Boolean') return random() < 0.5;
  return id();
}

const literal = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, item]) => `${name}: ${literal(item)}`)
    .join(', ')} }`;
};

import {
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  type GraphQLCompositeType,
  type GraphQLSchema,
} from 'graphql';

/** A seeded source of random numbers (mulberry32), so that a failing operation can be made again. */
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
export function randomQuery(schema: GraphQLSchema, random: () => number): string {
  const fragments: string[] = [];
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
    const required = chosen.args.filter(({ type: of }) => String(of).endsWith('!'));
    const given = required.length > 0 ? `(${required.map(({ name }) => `${name}: "x"`).join(', ')})` : '';
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
  const root = schema.getQueryType();
  if (!root) throw new Error('A graph has queries.');
  const body = selection(root, 4);
  const text = `${body} ${fragments.join(' ')}`;
  const used = [
    ...(text.includes('$yes') ? ['$yes: Boolean = true'] : []),
    ...(text.includes('$no') ? ['$no: Boolean = false'] : []),
  ];
  return `query ${used.length > 0 ? `(${used.join(', ')})` : ''} ${text}`;
}

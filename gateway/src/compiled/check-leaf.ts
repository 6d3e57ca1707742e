import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLLeafType,
} from 'graphql';

/** Gives a leaf's value as a client may have it; undefined when it is none of its type. */
export type CheckLeaf = (value: unknown) => unknown;

const BUILT_IN = new Map<string, CheckLeaf>([
  [GraphQLString.name, (value) => (typeof value === 'string' ? value : undefined)],
  [GraphQLBoolean.name, (value) => (typeof value === 'boolean' ? value : undefined)],
  [GraphQLFloat.name, (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)],
  // 32 bits, as the specification says (3.5.1): what is longer would be another number in some clients.
  [GraphQLInt.name, (value) => (typeof value === 'number' && (value | 0) === value ? value : undefined)],
  [
    GraphQLID.name,
    (value) => {
      if (typeof value === 'string') return value;
      return Number.isSafeInteger(value) ? String(value) : undefined;
    },
  ],
]);

// What is nested deeper than people nest would exhaust the stack of whoever writes it as JSON again.
const DEPTH_MAX = 64;
const isShallow = (value: unknown, depth = 0): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth < DEPTH_MAX && Object.values(value).every((inner) => isShallow(inner, depth + 1)));

/**
 * The check of one leaf type. Values of a custom scalar pass as they are: only the subgraphs know their form. A value of an
 * enum that clients do not know of (`@inaccessible`, or new in a subgraph before the supergraph) passes nobody.
 */
export function checkLeafOf(type: GraphQLLeafType): CheckLeaf {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name));
    return (value) => (names.has(value) ? value : undefined);
  }
  return BUILT_IN.get(type.name) ?? ((value) => (isShallow(value) ? value : undefined));
}

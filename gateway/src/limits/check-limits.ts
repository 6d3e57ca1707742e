import { Fault } from '@kept/subgraph-kit';
import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** How much one operation may ask for. Counted with fragments resolved: what is written once can be asked many times. */
export const LIMITS = {
  tokens: 2_000,
  depth: 10,
  aliases: 15,
  rootFields: 10,
  directives: 10,
  fields: 500,
  listSize: 100,
  operations: 10,
} as const;

export interface LimitOptions {
  /** Mutations of the service that checks secrets: one per operation, or aliases would be a dictionary attack. */
  readonly authenticationMutations: ReadonlySet<string>;
  /** Those among them that cost an argon2. */
  readonly passwordMutations: ReadonlySet<string>;
  /** Introspection is deeper than any query a person writes; where it is on, it is not counted. */
  readonly introspection: boolean;
}

/** Throws a `Fault` when any operation of the document asks for too much. Costs one walk; asked on every request. */
export function checkLimits(document: DocumentNode, options: LimitOptions): void {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else throw new Fault('BAD_INPUT', 'A request holds operations, and no type definitions.');
  }
  atMost(operations.length, 'operations', 'operations in one document');
  const counter = openCounter(fragments, options);
  for (const operation of operations) {
    const counted = counter(operation.selectionSet);
    atMost(counted.depth, 'depth', 'levels of fields');
    atMost(counted.aliases, 'aliases', 'aliases');
    atMost(counted.fields, 'fields', 'fields and fragments');
    atMost(counted.here, 'rootFields', 'fields at the root');
    atMost(counted.directives + (operation.directives?.length ?? 0), 'directives', 'directives');
    if (operation.operation === OperationTypeNode.MUTATION && counted.authentications > 1) {
      throw new Fault('LIMIT_EXCEEDED', 'Sign-in and account operations are sent one at a time.');
    }
  }
}

function atMost(count: number, limit: keyof typeof LIMITS, what: string): void {
  if (count <= LIMITS[limit]) return;
  throw new Fault('LIMIT_EXCEEDED', `An operation may have at most ${LIMITS[limit]} ${what}.`);
}

interface Count {
  readonly depth: number;
  /** With the fragments around them: 400 spreads of 200 nested fragments are few fields and a second of work (measured). */
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields directly in this selection, fragments resolved. */
  readonly here: number;
  readonly authentications: number;
}
const NOTHING: Count = { depth: 0, fields: 0, aliases: 0, directives: 0, here: 0, authentications: 0 };

// Every fragment is counted once, however often it is spread: 2^22 nested spreads cost 22 steps (GHSA-fmj9-77q8-g6c4).
// Sums stop growing far above every limit, so that they cannot overflow either.
function openCounter(fragments: ReadonlyMap<string, FragmentDefinitionNode>, options: LimitOptions) {
  const counted = new Map<string, Count>();
  const underWay = new Set<string>();
  const ofFragment = (name: string): Count => {
    const known = counted.get(name);
    if (known) return known;
    const fragment = fragments.get(name);
    if (!fragment) return NOTHING;
    if (underWay.has(name)) throw new Fault('GRAPHQL_VALIDATION_FAILED', 'A fragment contains itself.');
    underWay.add(name);
    const count = ofSelections(fragment.selectionSet);
    underWay.delete(name);
    counted.set(name, count);
    return count;
  };
  const ofField = (node: FieldNode): Count => {
    const name = node.name.value;
    const skipsBelow = options.introspection && (name === '__schema' || name === '__type');
    const below = node.selectionSet && !skipsBelow ? ofSelections(node.selectionSet) : NOTHING;
    return {
      depth: below.depth + 1,
      fields: capped(below.fields + 1),
      aliases: capped(below.aliases + (node.alias ? 1 : 0)),
      directives: capped(below.directives + (node.directives?.length ?? 0)),
      here: 1,
      authentications: options.authenticationMutations.has(name) ? 1 : 0,
    };
  };
  const ofSelections = (set: SelectionSetNode): Count => {
    let total = NOTHING;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        total = sum(total, ofField(selection));
        continue;
      }
      const inside =
        selection.kind === Kind.INLINE_FRAGMENT
          ? ofSelections(selection.selectionSet)
          : ofFragment(selection.name.value);
      total = sum(total, { ...inside, fields: capped(inside.fields + 1) });
      const directives = selection.directives?.length ?? 0;
      if (directives > 0) total = { ...total, directives: capped(total.directives + directives) };
    }
    return total;
  };
  return ofSelections;
}

const capped = (count: number) => Math.min(count, 1_000_000);

const sum = (one: Count, other: Count): Count => ({
  depth: Math.max(one.depth, other.depth),
  fields: capped(one.fields + other.fields),
  aliases: capped(one.aliases + other.aliases),
  directives: capped(one.directives + other.directives),
  here: capped(one.here + other.here),
  authentications: capped(one.authentications + other.authentications),
});

import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { readCostDirectives, type CostDirectives, type FieldCost } from './cost-directives.ts';
import { openPlaces, UNKNOWN_LIST_SIZE, type Known, type Variables } from './cost-places.ts';
import { eitherOf, evaluator, NO_COST, plus, term, times, type Terms } from './cost-terms.ts';

/** What one operation costs with these variables, before anything of it is done. Throws where a size must be given. */
export type OperationCost = (variables: Variables) => number;

/** Weighs operations by what the schema says. Opened once per schema. */
export interface CostModel {
  /** Walks a valid operation once; what is left for a request is a few multiplications. */
  weigh(document: DocumentNode, operation: OperationDefinitionNode): OperationCost;
}

// As Apollo's demand control counts (https://www.apollographql.com/docs/graphos/routing/security/demand-control): an
// object 1, a leaf 0, a mutation 10. A field's own weight stands in the place of its type's.
const OBJECT_WEIGHT = 1;
const MUTATION_WEIGHT = 10;

interface Schema {
  readonly schema: GraphQLSchema;
  readonly directives: CostDirectives;
}

/** `schema` is what clients see, `supergraph` the text in which the directives stand. */
export function openCostModel(schema: GraphQLSchema, supergraph: DocumentNode): CostModel {
  const known: Schema = { schema, directives: readCostDirectives(supergraph) };
  return { weigh: (document, operation) => weigh(known, document, operation) };
}

/** Entries of fields below a connection, by its `sizedFields`. */
interface Sized {
  readonly fields: readonly string[];
  readonly size: Known;
}

function weigh(known: Schema, document: DocumentNode, operation: OperationDefinitionNode): OperationCost {
  const root = known.schema.getRootType(operation.operation);
  if (!root) return () => 0;
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const places = openPlaces(operation, known.directives);
  const walker = openWalker({
    known,
    fragments,
    places,
    isMutation: operation.operation === OperationTypeNode.MUTATION,
  });
  const sum = evaluator(walker(operation.selectionSet, root));
  const { readers } = places;
  return (variables) => sum(readers.map((read) => read(variables)));
}

interface Walk {
  readonly known: Schema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly places: ReturnType<typeof openPlaces>;
  readonly isMutation: boolean;
}

function openWalker(walk: Walk) {
  const { known, fragments, places } = walk;
  // Each selection is weighed once for each type it may meet: nested interfaces and fragments cannot multiply the work.
  const weighed = new Map<SelectionSetNode, Map<string, Terms>>();

  const ofObject = (set: SelectionSetNode, type: GraphQLObjectType, sized?: Sized): Terms => {
    const key = sized ? `${type.name} ${sized.fields.join()} ${JSON.stringify(sized.size)}` : type.name;
    const already = weighed.get(set)?.get(key);
    if (already) return already;
    let sum = NO_COST;
    for (const selection of set.selections) {
      let terms = NO_COST;
      if (selection.kind === Kind.FIELD) terms = ofField(selection, type, sized);
      else {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        const condition = fragment?.typeCondition?.name.value;
        if (!fragment || (condition !== undefined && !covers(known.schema, condition, type))) continue;
        terms = ofObject(fragment.selectionSet, type, sized);
      }
      for (const stands of places.stands(selection.directives)) terms = times(terms, stands);
      sum = plus(sum, terms);
    }
    weighed.set(set, (weighed.get(set) ?? new Map<string, Terms>()).set(key, sum));
    return sum;
  };

  const ofSelections = (set: SelectionSetNode, type: GraphQLNamedType, sized?: Sized): Terms => {
    if (isObjectType(type)) return ofObject(set, type, sized);
    if (!isAbstractType(type)) return NO_COST;
    return known.schema
      .getPossibleTypes(type)
      .map((possible) => ofObject(set, possible, sized))
      .reduce(eitherOf, NO_COST);
  };

  const ofField = (node: FieldNode, parent: GraphQLObjectType, sized?: Sized): Terms => {
    const field = parent.getFields()[node.name.value];
    // `__typename` is free, and introspection is off wherever limits matter.
    if (!field) return NO_COST;
    const cost = costOfField(known, parent, field.name);
    const returned = getNamedType(field.type);
    const size = cost.listSize && places.size(node, field.args, cost.listSize);
    const below = cost.listSize?.sizedFields.length
      ? { fields: cost.listSize.sizedFields, size: size ?? 0 }
      : undefined;
    const isRoot = walk.isMutation && parent === known.schema.getMutationType();
    const weight = cost.weight ?? (isRoot ? MUTATION_WEIGHT : weightOfType(known, returned));
    let terms = plus(
      term(weight),
      node.selectionSet ? ofSelections(node.selectionSet, returned, below) : NO_COST,
    );
    const ownSize = sized?.fields.includes(field.name) ? sized.size : below ? undefined : size;
    for (const count of sizesOf(field.type, ownSize)) terms = times(terms, count);
    return plus(terms, ofArguments(node, field, cost));
  };

  const ofArguments = (node: FieldNode, field: GraphQLField<unknown, unknown>, cost: FieldCost): Terms =>
    (node.arguments ?? []).reduce((sum, { name, value }) => {
      const argument = field.args.find((candidate) => candidate.name === name.value);
      const inside = argument ? places.input(value, argument.type) : 0;
      return plus(sum, plus(term(cost.arguments.get(name.value) ?? 0), times(term(1), inside)));
    }, NO_COST);

  return ofSelections;
}

/** One count per level of a list: the outermost is the one that the schema speaks of. */
function sizesOf(type: GraphQLOutputType, known: Known | undefined): readonly Known[] {
  const nullable = getNullableType(type);
  if (!isListType(nullable)) return [];
  return [known ?? UNKNOWN_LIST_SIZE, ...sizesOf(nullable.ofType, undefined)];
}

const covers = (schema: GraphQLSchema, condition: string, type: GraphQLObjectType): boolean => {
  const wanted = schema.getType(condition);
  return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
};

function weightOfType({ schema, directives }: Schema, type: GraphQLNamedType): number {
  const own = directives.types.get(type.name);
  if (own !== undefined || isLeafType(type)) return own ?? 0;
  if (!isAbstractType(type)) return OBJECT_WEIGHT;
  const possible = schema
    .getPossibleTypes(type)
    .map(({ name }) => directives.types.get(name) ?? OBJECT_WEIGHT);
  return Math.max(OBJECT_WEIGHT, ...possible);
}

// What an interface says of a field holds for its implementations too, unless they say it themselves.
function costOfField({ directives }: Schema, parent: GraphQLObjectType, name: string): FieldCost {
  const own = directives.fields.get(`${parent.name}.${name}`);
  const above = parent.getInterfaces().map((type) => directives.fields.get(`${type.name}.${name}`));
  return {
    weight: own?.weight ?? above.find((cost) => cost?.weight !== undefined)?.weight,
    listSize: own?.listSize ?? above.find((cost) => cost?.listSize)?.listSize,
    arguments: own?.arguments ?? new Map<string, number>(),
  };
}

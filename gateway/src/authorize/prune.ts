import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  typeFromAST,
  visit,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { refusedLiteral } from './denied-inputs.ts';
import { refusalOf, type Authority, type Condition, type Entry, type Refusal } from './selection.ts';

/** An operation without what its caller may never see, and what is needed to complete the response. */
export interface Pruned {
  /** Null when nothing is left to ask. */
  readonly operation: OperationDefinitionNode | null;
  readonly entries: readonly Entry[];
  /** The response key of a private `__typename`, where an abstract type or an emptied selection needs one. */
  readonly placeholder: string;
  /** What was cut, also under a literal `@skip(if: true)`, by coordinate. Empty: the operation may go as it is. */
  readonly cut: ReadonlyMap<string, Refusal>;
}

interface Walk extends Authority {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly placeholder: string;
  readonly cut: Map<string, Refusal>;
}
interface Place {
  readonly parent: GraphQLCompositeType;
  readonly types: ReadonlySet<string> | null;
  readonly when: readonly Condition[];
}
interface Part {
  readonly entries: readonly Entry[];
  readonly selections: readonly SelectionNode[];
}

/**
 * Cuts out of an operation every field that is denied to an audience set, whatever the syntax around it: decided on
 * `Parent.field` and never on the response key, fragments resolved, `@skip` and `@include` not believed.
 */
export function prune(
  source: {
    operation: OperationDefinitionNode;
    fragments: ReadonlyMap<string, FragmentDefinitionNode>;
    text: string;
  },
  authority: Authority,
): Pruned {
  const { operation, fragments, text } = source;
  const placeholder = unusedName(text);
  const parent = authority.schema.getRootType(operation.operation);
  const cut = new Map<string, Refusal>();
  if (!parent) return { operation: null, entries: [], placeholder, cut };
  const walk = { ...authority, fragments, placeholder, cut };
  const part = walkSelections(operation.selectionSet, { parent, types: null, when: [] }, walk);
  if (part.selections.length === 0) return { operation: null, entries: part.entries, placeholder, cut };
  const pruned = { ...operation, selectionSet: { ...operation.selectionSet, selections: part.selections } };
  return { operation: withoutUnusedVariables(pruned), entries: part.entries, placeholder, cut };
}

function unusedName(text: string): string {
  let name = 'keptTypename';
  while (text.includes(name)) name += '_';
  return name;
}

function walkSelections(set: SelectionSetNode, place: Place, walk: Walk): Part {
  const parts = set.selections.map((selection): Part => {
    const when = conditionsOf(selection.directives);
    const here = { ...place, when: when === 'never' ? [] : [...place.when, ...when] };
    const part =
      selection.kind === Kind.FIELD ? walkField(selection, here, walk) : walkFragment(selection, here, walk);
    return when === 'never' ? { entries: [], selections: part.selections } : part;
  });
  return {
    entries: parts.flatMap(({ entries }) => entries),
    selections: parts.flatMap(({ selections }) => selections),
  };
}

function walkField(node: FieldNode, place: Place, walk: Walk): Part {
  const name = node.name.value;
  const type = typeOfField(name, place.parent, walk);
  const common = { key: node.alias?.value ?? name, types: place.types, when: place.when, type };
  const leaf = { ...common, children: [], deniedBeneath: false };
  // What introspection tells is the schema and not data; whether it is on at all is decided at the edge.
  if (name === '__schema' || name === '__type')
    return { entries: [{ ...leaf, denied: null }], selections: [node] };
  const denied = refusalOfField(node, place.parent, walk);
  if (denied) {
    walk.cut.set(denied.coordinate, denied);
    return { entries: [{ ...leaf, denied }], selections: [] };
  }
  const named = getNamedType(type);
  if (!node.selectionSet || !isCompositeType(named)) {
    return { entries: [{ ...leaf, denied: null }], selections: [node] };
  }
  const below = walkSelections(node.selectionSet, { parent: named, types: null, when: [] }, walk);
  const emptied = below.selections.length === 0;
  const deniedBeneath = emptied || below.entries.some((entry) => entry.denied || entry.deniedBeneath);
  const needsTypename = emptied || (deniedBeneath && isAbstractType(named));
  const selections = needsTypename ? [...below.selections, typenameAs(walk.placeholder)] : below.selections;
  return {
    entries: [{ ...common, denied: null, children: below.entries, deniedBeneath }],
    selections: [{ ...node, selectionSet: { ...node.selectionSet, selections } }],
  };
}

function walkFragment(node: Exclude<SelectionNode, FieldNode>, place: Place, walk: Walk): Part {
  const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : walk.fragments.get(node.name.value);
  if (!fragment) return { entries: [], selections: [] };
  const condition = fragment.typeCondition ? typeFromAST(walk.schema, fragment.typeCondition) : place.parent;
  if (!isCompositeType(condition)) return { entries: [], selections: [] };
  const possible = objectTypesOf(condition, walk.schema);
  const types = place.types ? new Set([...possible].filter((name) => place.types?.has(name))) : possible;
  const part = walkSelections(fragment.selectionSet, { parent: condition, types, when: place.when }, walk);
  if (part.selections.length === 0) return part;
  // Named fragments are written out where they stand: the same one can be cut differently in two places.
  const inlined: SelectionNode = {
    kind: Kind.INLINE_FRAGMENT,
    ...(fragment.typeCondition && { typeCondition: fragment.typeCondition }),
    ...(node.directives && { directives: node.directives }),
    selectionSet: { kind: Kind.SELECTION_SET, selections: part.selections },
  };
  return { entries: part.entries, selections: [inlined] };
}

function refusalOfField(node: FieldNode, parent: GraphQLCompositeType, walk: Walk): Refusal | null {
  const coordinate = `${parent.name}.${node.name.value}`;
  const own = refusalOf(coordinate, walk);
  if (own || isUnionType(parent)) return own;
  const definition = parent.getFields()[node.name.value];
  for (const argument of node.arguments ?? []) {
    const type = definition?.args.find(({ name }) => name === argument.name.value)?.type;
    const sent =
      refusalOf(`${coordinate}(${argument.name.value}:)`, walk) ??
      (type ? refusedLiteral(argument.value, type, (input) => refusalOf(input, walk)) : null);
    if (sent) return sent;
  }
  return null;
}

function typeOfField(name: string, parent: GraphQLCompositeType, { schema }: Walk): GraphQLOutputType {
  if (name === '__typename') return TypeNameMetaFieldDef.type;
  const introspective = [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
  if (introspective && parent === schema.getQueryType()) return introspective.type;
  const type = isUnionType(parent) ? undefined : parent.getFields()[name]?.type;
  if (!type) throw new Error(`${parent.name}.${name} passed validation but does not exist.`);
  return type;
}

const objectTypesOf = (type: GraphQLCompositeType, schema: GraphQLSchema): Set<string> =>
  new Set(isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name));

const typenameAs = (alias: string): FieldNode => ({
  kind: Kind.FIELD,
  alias: { kind: Kind.NAME, value: alias },
  name: { kind: Kind.NAME, value: '__typename' },
});

function conditionsOf(directives: readonly DirectiveNode[] = []): Condition[] | 'never' {
  const conditions: Condition[] = [];
  for (const { name, arguments: given } of directives) {
    if (name.value !== 'include' && name.value !== 'skip') continue;
    const wanted = name.value === 'include';
    const value = given?.find((argument) => argument.name.value === 'if')?.value;
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, wanted });
    else if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return 'never';
  }
  return conditions;
}

function withoutUnusedVariables(operation: OperationDefinitionNode): OperationDefinitionNode {
  const used = new Set<string>();
  const body = { ...operation, variableDefinitions: [] };
  visit(body, { Variable: ({ name }) => void used.add(name.value) });
  const definitions = operation.variableDefinitions ?? [];
  return {
    ...operation,
    variableDefinitions: definitions.filter(({ variable }) => used.has(variable.name.value)),
  };
}

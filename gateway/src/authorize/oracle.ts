import {
  buildAbility,
  CONDITIONAL,
  DENY,
  mayRead,
  readAccessMap,
  type AccessMap,
  type Ability,
  type Decisions,
} from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import {
  buildASTSchema,
  concatAST,
  execute,
  extendSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import { CLINIC, PARTS } from '../test-graph/subgraphs.ts';

/** What an operation says by the schema, in the eyes of graphql-js alone: none of the gateway's own walks is used. */
export interface Touched {
  readonly coordinates: readonly string[];
  /** Fields that are denied where they stand, whatever they are called in the answer. */
  readonly deniedFields: ReadonlySet<FieldNode>;
  readonly deniedInputs: boolean;
}

type Table = Uint8Array;

/** Every coordinate that a document and its variables touch, and what a table of decisions denies of it. */
export function touchedBy(
  operation: { document: DocumentNode; variables: Readonly<Record<string, unknown>> },
  { schema, decisions, table }: { schema: GraphQLSchema; decisions: Decisions; table: Table },
): Touched {
  const coordinates: string[] = [];
  const deniedFields = new Set<FieldNode>();
  const around: FieldNode[] = [];
  let deniedInputs = false;
  const isDenied = (coordinate: string) => {
    coordinates.push(coordinate);
    return (table[decisions.numberOf(coordinate) ?? -1] ?? DENY) < CONDITIONAL;
  };
  const denyInput = (coordinate: string) => {
    if (!isDenied(coordinate)) return;
    const field = around.at(-1);
    // An input object in an argument takes its field with it; one in a variable the whole operation.
    if (field) deniedFields.add(field);
    else deniedInputs = true;
  };
  const info = new TypeInfo(schema);
  visit(
    operation.document,
    visitWithTypeInfo(info, {
      Field: {
        enter(node) {
          const parent = info.getParentType()?.name ?? '';
          around.push(node);
          if (isDenied(`${parent}.${node.name.value}`)) deniedFields.add(node);
          for (const { name } of node.arguments ?? []) {
            if (isDenied(`${parent}.${node.name.value}(${name.value}:)`)) deniedFields.add(node);
          }
        },
        leave: () => void around.pop(),
      },
      ObjectField: (node) => {
        const input = getNamedType(info.getParentInputType());
        if (isInputObjectType(input)) denyInput(`${input.name}.${node.name.value}`);
      },
      VariableDefinition: ({ variable, type }) => {
        const value = operation.variables[variable.name.value];
        inValue(value, typeFromAST(schema, type as never) as GraphQLInputType | undefined, denyInput);
      },
    }),
  );
  return { coordinates, deniedFields, deniedInputs };
}

function inValue(
  value: unknown,
  type: GraphQLInputType | undefined,
  touch: (coordinate: string) => void,
): void {
  const nullable = type && getNullableType(type);
  if (isListType(nullable)) {
    for (const item of Array.isArray(value) ? value : [value]) inValue(item, nullable.ofType, touch);
  }
  if (!isInputObjectType(nullable) || typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    touch(`${nullable.name}.${name}`);
    inValue(item, nullable.getFields()[name]?.type, touch);
  }
}

type Resolver = (parent: unknown, given: unknown, context: unknown) => unknown;
const resolvers = new Map<string, Resolver>();
for (const { resolvers: byType } of Object.values(PARTS)) {
  for (const [type, byField] of Object.entries(byType)) {
    for (const [field, resolve] of Object.entries(byField))
      resolvers.set(`${type}.${field}`, resolve as Resolver);
  }
}
resolvers.set('Query.slow', () => 'at last');
// In one process, a reference is the row itself.
resolvers.set('Visit.client', (visit) =>
  CLINIC.clients.find(({ id }) => id === (visit as { clientId: string }).clientId),
);

const RELATIONS = Object.assign({}, ...Object.values(PARTS).map(({ relations }) => relations)) as NonNullable<
  Parameters<typeof buildAbility>[0]['relations']
>;

// graphql-js answers __typename by itself; a denied one becomes a field that gives null where none may be.
const DENIED_TYPE_NAME = 'deniedTypeName';
function withDeniableTypeNames(schema: GraphQLSchema): GraphQLSchema {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
  );
  const fields = types.map(
    (type) =>
      `extend ${isObjectType(type) ? 'type' : 'interface'} ${type.name} { ${DENIED_TYPE_NAME}: String! }`,
  );
  return extendSchema(schema, parse(fields.join('\n')));
}
function standIn(node: FieldNode): void {
  const alias = node.alias ?? node.name;
  Object.assign(node, { alias, name: { kind: Kind.NAME, value: DENIED_TYPE_NAME } });
}

/** The graph as one schema that graphql-js executes: what is denied gives null, and nulls bubble as the language says. */
export function openOracle(api: GraphQLSchema, supergraph: DocumentNode) {
  const schema = withDeniableTypeNames(api);
  const access: AccessMap = readAccessMap(supergraph);
  return async (asked: {
    document: DocumentNode;
    variables: Readonly<Record<string, unknown>>;
    caller: Caller;
    readingAt: Date | undefined;
    deniedFields: ReadonlySet<FieldNode>;
  }): Promise<ExecutionResult['data']> => {
    const { document, variables, caller, readingAt, deniedFields } = asked;
    for (const node of deniedFields) if (node.name.value === '__typename') standIn(node);
    const ability: Ability = buildAbility({ schema: access, caller, relations: RELATIONS, readingAt });
    const { data } = await execute({
      schema,
      document,
      variableValues: variables,
      contextValue: { caller, ability },
      // oxlint-disable-next-line max-params -- the signature is graphql-js's
      fieldResolver: (parent: unknown, given, context, info) => {
        if (info.fieldNodes.every((node) => deniedFields.has(node))) return null;
        const type = info.parentType.name;
        if (info.fieldName === DENIED_TYPE_NAME) return type;
        const isRoot =
          info.parentType === schema.getQueryType() || info.parentType === schema.getMutationType();
        if (!isRoot && !mayRead(ability, type, parent as object, info.fieldName)) return null;
        const resolve = resolvers.get(`${type}.${info.fieldName}`);
        if (resolve) return resolve(parent, given, context);
        return parent === undefined ? undefined : (parent as Record<string, unknown>)[info.fieldName];
      },
      typeResolver: (row) => (row as { __typename?: string }).__typename,
    });
    return data;
  };
}

/** A subgraph's schema as its sub-requests are written for: with `_entities`, which federation adds. */
export function subgraphSchemaOf(typeDefs: DocumentNode): GraphQLSchema {
  const names = typeDefs.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? [definition] : [],
  );
  const entities = names.filter(({ directives }) => directives?.some(({ name }) => name.value === 'key'));
  const query = names.some(({ name }) => name.value === 'Query') ? 'extend type' : 'type';
  const machinery = `scalar _Any union _Entity = ${entities.map(({ name }) => name.value).join(' | ')}
    ${query} Query { _entities(representations: [_Any!]!): [_Entity]! }`;
  return buildASTSchema(concatAST([typeDefs, parse(machinery)]), { assumeValidSDL: true });
}

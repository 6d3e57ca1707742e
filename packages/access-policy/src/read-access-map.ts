import {
  isSchema,
  Kind,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
} from 'graphql';
import { AccessPolicyError, namedTypeOf, type AbstractType, type AccessMap } from './access-map.ts';
import type { Classification, FieldAccess, TypeAccess } from './access-map.ts';
import { ACCESS_SPEC, AUDIENCES, isRelation, type Audience } from './audiences.ts';
import { linkedDirectiveName } from './find-directive.ts';
import { PURPOSES } from './purposes.ts';

/**
 * Reads who may reach, read and send what. Every object field, argument and input field must be classified, by
 * itself or by its type; anything that is not is an error, so that forgetting a rule closes nothing silently
 * and opens nothing at all. Reads subgraph SDL, a supergraph or an executable schema alike.
 */
export function readAccessMap(source: DocumentNode | GraphQLSchema): AccessMap {
  const definitions = isSchema(source) ? definitionsOf(source) : source.definitions;
  const directive = linkedDirectiveName(definitions, ACCESS_SPEC);
  if (directive === undefined) throw new AccessPolicyError([`@link(url: "${ACCESS_SPEC}") is missing.`]);
  const problems: string[] = [];
  const reader = { directive, problems, roots: rootTypesOf(definitions) };
  const types = new Map<string, TypeAccess>();
  for (const [name, parts] of partsByType(definitions)) types.set(name, readType(name, parts, reader));
  const map = { types, ...readAbstractTypes(definitions, reader) };
  if (problems.length > 0) throw new AccessPolicyError(problems);
  return map;
}

type TypePart = Extract<DefinitionNode, { fields?: unknown }>;
interface Reader {
  readonly directive: string;
  readonly problems: string[];
  readonly roots: ReadonlySet<string>;
}

// What composition and federation add by themselves; no data of ours stands behind it.
const MACHINERY = /^(_|join__|link__|core__|federation__)/;

function definitionsOf(schema: GraphQLSchema): DefinitionNode[] {
  const holders = [schema, ...Object.values(schema.getTypeMap())];
  return holders.flatMap((holder) => [
    ...(holder.astNode ? [holder.astNode] : []),
    ...holder.extensionASTNodes,
  ]);
}

function rootTypesOf(definitions: readonly DefinitionNode[]): Set<string> {
  const roots = new Set(['Query', 'Mutation', 'Subscription']);
  for (const definition of definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const operation of definition.operationTypes ?? []) roots.add(operation.type.name.value);
  }
  return roots;
}

function partsByType(definitions: readonly DefinitionNode[]): Map<string, TypePart[]> {
  const parts = new Map<string, TypePart[]>();
  for (const definition of definitions) {
    const classified =
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.OBJECT_TYPE_EXTENSION ||
      definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION;
    if (!classified || MACHINERY.test(definition.name.value)) continue;
    const known = parts.get(definition.name.value) ?? [];
    parts.set(definition.name.value, [...known, definition]);
  }
  return parts;
}

function readType(name: string, parts: readonly TypePart[], reader: Reader): TypeAccess {
  const root = reader.roots.has(name);
  const input = parts.some(
    (part) =>
      part.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || part.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION,
  );
  const own = readClassification(
    parts.flatMap((part) => part.directives ?? []),
    name,
    reader,
  );
  if (root && own) reader.problems.push(`${name}: a root type carries no @access; each of its fields does.`);
  if (own && input) refuseRelations(name, own.allow, reader);
  const place = { name, root, input, inherited: root ? undefined : own };
  const fields = parts.flatMap((part): (FieldDefinitionNode | InputValueDefinitionNode)[] => [
    ...(part.fields ?? []),
  ]);
  const read = fields
    .filter((field) => !(root && field.name.value.startsWith('_')))
    .map((field): [string, FieldAccess] => [field.name.value, readField(field, place, reader)]);
  return { name, input, root, ...withPurposes(own), fields: new Map(read) };
}

function readField(
  field: FieldDefinitionNode | InputValueDefinitionNode,
  place: { name: string; root: boolean; input: boolean; inherited: Stated | undefined },
  reader: Reader,
): FieldAccess {
  const coordinate = `${place.name}.${field.name.value}`;
  const own = readClassification(field.directives ?? [], coordinate, reader);
  const stated = inherit(own, place.inherited);
  if (stated === undefined) {
    const hint = place.root ? '' : ', neither has its type';
    reader.problems.push(`${coordinate}: has no @access${hint}.`);
  }
  if (own && (place.root || place.input)) refuseRelations(coordinate, own.allow, reader);
  const takes = field.kind === Kind.FIELD_DEFINITION ? (field.arguments ?? []) : [];
  const classified = withPurposes(stated);
  const argumentsTaken = takes.map((argument): [string, Classification] => {
    const argumentCoordinate = `${coordinate}(${argument.name.value}:)`;
    const ownOfIt = readClassification(argument.directives ?? [], argumentCoordinate, reader);
    if (ownOfIt) refuseRelations(argumentCoordinate, ownOfIt.allow, reader);
    // The same object when nothing of its own is said: then whatever holds for the field holds for it.
    return [argument.name.value, ownOfIt ? withPurposes(inherit(ownOfIt, stated)) : classified];
  });
  const nullable = field.type.kind === Kind.NON_NULL_TYPE ? field.type.type : field.type;
  return {
    ...classified,
    type: namedTypeOf(field.type),
    nonNull: field.type.kind === Kind.NON_NULL_TYPE,
    list: nullable.kind === Kind.LIST_TYPE,
    arguments: new Map(argumentsTaken),
  };
}

// There is no row yet when a root field is asked or an input is sent; the use case looks at the row.
function refuseRelations(coordinate: string, allow: readonly Audience[], reader: Reader): void {
  for (const audience of allow.filter(isRelation)) {
    reader.problems.push(`${coordinate}: ${audience} depends on a row, and there is none here.`);
  }
}

/** What a directive says; `purposes` is undefined where it says nothing about them. */
interface Stated {
  readonly allow: readonly Audience[];
  readonly purposes: Classification['purposes'] | undefined;
}

const withPurposes = (stated: Stated | undefined): Classification => ({
  allow: stated?.allow ?? [],
  purposes: stated?.purposes ?? [],
});

const inherit = (own: Stated | undefined, above: Stated | undefined): Stated | undefined =>
  own ? { allow: own.allow, purposes: own.purposes ?? above?.purposes } : above;

function readClassification(
  directives: readonly ConstDirectiveNode[],
  coordinate: string,
  { directive, problems }: Reader,
): Stated | undefined {
  const found = directives.filter((candidate) => candidate.name.value === directive);
  if (found.length === 0) return undefined;
  if (found.length > 1) problems.push(`${coordinate}: has more than one @access.`);
  const allow = readNames(found[0], 'allow', AUDIENCES);
  if (allow === undefined || allow.includes(undefined))
    problems.push(`${coordinate}: @access names an unknown audience.`);
  else if (allow.length === 0) problems.push(`${coordinate}: @access allows nobody.`);
  const purposes = readNames(found[0], 'purposes', PURPOSES);
  if (purposes?.includes(undefined)) problems.push(`${coordinate}: @access names an unknown purpose.`);
  return {
    allow: AUDIENCES.filter((audience) => allow?.includes(audience)),
    purposes: purposes && PURPOSES.filter((purpose) => purposes.includes(purpose)),
  };
}

// The names of a list argument, undefined for each that is not known; nothing when the argument is not there.
function readNames<Name extends string>(
  directive: ConstDirectiveNode | undefined,
  argument: string,
  known: readonly Name[],
): (Name | undefined)[] | undefined {
  const value = directive?.arguments?.find(({ name }) => name.value === argument)?.value;
  if (!value || value.kind === Kind.NULL) return undefined;
  const items = value.kind === Kind.LIST ? value.values : [value];
  return items.map((item) =>
    item.kind === Kind.ENUM ? known.find((name) => name === item.value) : undefined,
  );
}

function readAbstractTypes(definitions: readonly DefinitionNode[], { directive, problems }: Reader) {
  const interfaces = new Map<string, AbstractType>();
  const unions = new Map<string, AbstractType>();
  const add = (to: Map<string, AbstractType>, name: string, more: Omit<AbstractType, 'name'>) => {
    const known = to.get(name) ?? { possibleTypes: [], fields: [] };
    to.set(name, {
      name,
      possibleTypes: [...new Set([...known.possibleTypes, ...more.possibleTypes])],
      fields: [...new Set([...known.fields, ...more.fields])],
    });
  };
  for (const definition of definitions) {
    if ('name' in definition && definition.name && MACHINERY.test(definition.name.value)) continue;
    if (definition.kind === Kind.UNION_TYPE_DEFINITION || definition.kind === Kind.UNION_TYPE_EXTENSION) {
      const possibleTypes = definition.types?.map((type) => type.name.value) ?? [];
      add(unions, definition.name.value, { possibleTypes, fields: [] });
    }
    if (
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_EXTENSION
    ) {
      for (const holder of [definition, ...(definition.fields ?? [])]) {
        if (!holder.directives?.some(({ name }) => name.value === directive)) continue;
        problems.push(
          `${definition.name.value}: @access on an interface binds nobody; put it on its objects.`,
        );
      }
      const fields = definition.fields?.map((field) => field.name.value) ?? [];
      add(interfaces, definition.name.value, { possibleTypes: [], fields });
    }
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION) {
      for (const implemented of definition.interfaces ?? []) {
        add(interfaces, implemented.name.value, { possibleTypes: [definition.name.value], fields: [] });
      }
    }
  }
  return { interfaces, unions };
}

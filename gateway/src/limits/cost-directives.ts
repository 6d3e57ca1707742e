import {
  Kind,
  valueFromASTUntyped,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
} from 'graphql';

/** `@listSize`: how many entries a list has, as far as the schema can say. */
export interface ListSize {
  /** When nothing in the request says how many. */
  readonly assumedSize: number | undefined;
  /** Arguments of the field that say how many; the largest one given counts. */
  readonly slicingArguments: readonly string[];
  /** The field is no list itself, but these fields below it are: a connection and its `nodes`. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

export interface FieldCost {
  readonly weight: number | undefined;
  readonly listSize: ListSize | undefined;
  readonly arguments: ReadonlyMap<string, number>;
}

/** What a schema says about cost. Names are those of the schema; what is not said is absent. */
export interface CostDirectives {
  readonly types: ReadonlyMap<string, number>;
  /** By `Type.field`. */
  readonly fields: ReadonlyMap<string, FieldCost>;
  /** By `Input.field`. */
  readonly inputs: ReadonlyMap<string, number>;
}

const COST_SPEC = /^https:\/\/specs\.apollo\.dev\/cost\/v\d/;

type Directed = { readonly directives?: readonly ConstDirectiveNode[] | undefined };

/**
 * Reads `@cost` and `@listSize` out of a supergraph, as federation 2.9 composes them (the IBM cost specification's
 * directives, https://ibm.github.io/graphql-specs/cost-spec.html, with whole numbers as weights). Found by the address
 * of their specification, never by name: a renamed import must not switch a limit off (GHSA-g8jh-vg5j-4h3f).
 */
export function readCostDirectives(supergraph: DocumentNode): CostDirectives {
  const names = directiveNames(supergraph);
  const find = ({ directives }: Directed, name: string) =>
    directives?.find((directive) => directive.name.value === name)?.arguments;
  const weightOf = (node: Directed) => number(find(node, names.cost), 'weight');
  const types = new Map<string, number>();
  const fields = new Map<string, FieldCost>();
  const inputs = new Map<string, number>();
  const weigh = (into: Map<string, number>, key: string, node: Directed) => {
    const weight = weightOf(node);
    if (weight !== undefined) into.set(key, weight);
  };
  const readField = (node: FieldDefinitionNode): FieldCost => {
    const given = new Map<string, number>();
    for (const argument of node.arguments ?? []) weigh(given, argument.name.value, argument);
    return { weight: weightOf(node), listSize: listSizeOf(find(node, names.listSize)), arguments: given };
  };
  for (const node of supergraph.definitions) {
    if (!('name' in node) || !node.name || !('directives' in node)) continue;
    const type = node.name.value;
    if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
      for (const field of node.fields ?? []) weigh(inputs, `${type}.${field.name.value}`, field);
    } else if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      weigh(types, type, node);
      for (const field of node.fields ?? []) fields.set(`${type}.${field.name.value}`, readField(field));
    } else if (node.kind === Kind.SCALAR_TYPE_DEFINITION || node.kind === Kind.ENUM_TYPE_DEFINITION) {
      weigh(types, type, node);
    }
  }
  return { types, fields, inputs };
}

function listSizeOf(given: readonly ConstArgumentNode[] | undefined): ListSize | undefined {
  if (!given) return undefined;
  return {
    assumedSize: number(given, 'assumedSize'),
    slicingArguments: texts(given, 'slicingArguments'),
    sizedFields: texts(given, 'sizedFields'),
    requireOneSlicingArgument: value(given, 'requireOneSlicingArgument') !== false,
  };
}

// https://specs.apollo.dev/link/v1.0/: what is not imported has the specification's name before it, but for the
// directive that has the specification's own name.
function directiveNames(supergraph: DocumentNode): { cost: string; listSize: string } {
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.SCHEMA_DEFINITION && node.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const { arguments: given } of node.directives ?? []) {
      if (!COST_SPEC.test(String(value(given, 'url')))) continue;
      const imports = value(given, 'import');
      const imported = new Map((Array.isArray(imports) ? imports : []).map(readImport));
      const as = value(given, 'as');
      const prefix = typeof as === 'string' ? as : 'cost';
      return {
        cost: imported.get('@cost') ?? prefix,
        listSize: imported.get('@listSize') ?? `${prefix}__listSize`,
      };
    }
  }
  return { cost: 'cost', listSize: 'listSize' };
}

function readImport(item: unknown): [name: string, local: string] {
  if (typeof item === 'string') return [item, item.slice(1)];
  const { name, as } = item as { name: string; as?: string };
  return [name, (as ?? name).slice(1)];
}

function value(given: readonly ConstArgumentNode[] | undefined, name: string): unknown {
  const argument = given?.find((candidate) => candidate.name.value === name);
  return argument && valueFromASTUntyped(argument.value);
}

function number(given: readonly ConstArgumentNode[] | undefined, name: string): number | undefined {
  const found = value(given, name);
  return typeof found === 'number' ? found : undefined;
}

function texts(given: readonly ConstArgumentNode[], name: string): string[] {
  const found = value(given, name);
  return Array.isArray(found) ? found.map(String) : [];
}

import { Kind, type DefinitionNode, type DocumentNode, type TypeNode } from 'graphql';
import { AccessPolicyError, type AccessMap, type TypeAccess } from './access-map.ts';
import { everyAudienceSet, isWithin } from './audiences.ts';
import { CONDITIONAL, DENY, openDecisions, WITHHELD } from './decisions.ts';
import { PURPOSES, type Purpose } from './purposes.ts';
import { readAccessMap } from './read-access-map.ts';

/**
 * What a subgraph's SDL must keep to, one sentence per breach: everything is described and classified, a field is
 * non-null only if everybody who reaches its type may read it (else one forbidden field blanks its parents),
 * mutations give payloads or unions, and lists have no holes.
 */
export function checkAccessRules(document: DocumentNode): string[] {
  const shape = document.definitions.flatMap((definition) => [
    ...undescribed(definition),
    ...holesInLists(definition),
  ]);
  try {
    const access = readAccessMap(document);
    return [
      ...shape,
      ...nonNullBreaches(access),
      ...mutationBreaches(access),
      ...emergencyBreaches(access),
      ...purposeBreaches(access),
    ];
  } catch (error) {
    if (error instanceof AccessPolicyError) return [...shape, ...error.problems];
    throw error;
  }
}

// Federation's scalars and link machinery are described by their specifications.
const described = (definition: DefinitionNode) =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
  definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
  definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
  definition.kind === Kind.UNION_TYPE_DEFINITION ||
  definition.kind === Kind.ENUM_TYPE_DEFINITION;

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

function undescribed(definition: DefinitionNode): string[] {
  const name = 'name' in definition ? (definition.name?.value ?? '') : '';
  const type =
    described(definition) && 'description' in definition && !definition.description && !ROOTS.has(name)
      ? [`${name}: has no description.`]
      : [];
  const fields = 'fields' in definition ? (definition.fields ?? []) : [];
  const bare = fields.filter((field) => !field.description?.value.trim());
  return [...type, ...bare.map((field) => `${name}.${field.name.value}: has no description.`)];
}

function holesInLists(definition: DefinitionNode): string[] {
  if (!('fields' in definition)) return [];
  const name = 'name' in definition ? (definition.name?.value ?? '') : '';
  return (definition.fields ?? [])
    .filter((field) => hasHoles(field.type))
    .map((field) => `${name}.${field.name.value}: items of a list are non-null.`);
}

function hasHoles(type: TypeNode): boolean {
  if (type.kind === Kind.NAMED_TYPE) return false;
  if (type.kind === Kind.NON_NULL_TYPE) return hasHoles(type.type);
  return type.type.kind !== Kind.NON_NULL_TYPE || hasHoles(type.type);
}

function nonNullBreaches(access: AccessMap): string[] {
  const decisions = openDecisions(access);
  const decide = (coordinate: string, table: Uint8Array) =>
    table[decisions.numberOf(coordinate) ?? -1] ?? DENY;
  // Each purpose by itself is enough: what is there for one of several is there for all of them together.
  const tables = everyAudienceSet().flatMap((audiences) =>
    [[], ...PURPOSES.map((purpose) => [purpose])].map((purposes) => decisions.tableFor(audiences, purposes)),
  );
  const breaks = (type: TypeAccess, field: string): boolean => {
    const own = type.fields.get(field);
    if (!own?.nonNull || type.input || type.name === 'Mutation') return false;
    const reaching = type.root ? (['PUBLIC'] as const) : type.allow;
    const narrower = !reaching.every((audience) => own.allow.some((allowed) => isWithin(audience, allowed)));
    // The row that the field gives may be out of reach, or the purpose of another, although its parent's is not.
    const unreachable = tables.some(
      (table) =>
        decide(`${type.name}.__typename`, table) >= CONDITIONAL &&
        decide(`${type.name}.${field}`, table) < CONDITIONAL,
    );
    return narrower || unreachable;
  };
  return [...access.types.values()].flatMap((type) =>
    [...type.fields.keys()]
      .filter((field) => breaks(type, field))
      .map(
        (field) =>
          `${type.name}.${field}: not everybody who reaches ${type.name} may read it, so it must be nullable.`,
      ),
  );
}

function mutationBreaches(access: AccessMap): string[] {
  return [...(access.types.get('Mutation')?.fields ?? [])]
    .filter(([, { list, type }]) => list || !(access.unions.has(type) || access.types.has(type)))
    .map(([name]) => `Mutation.${name}: a mutation gives one payload type or a union.`);
}

// It lets somebody see what they must know to help (45 CFR 164.312(a)(2)(ii)); nothing has to be changed for that.
function emergencyBreaches(access: AccessMap): string[] {
  return [...access.types.values()]
    .filter((type) => type.input || type.name === 'Mutation')
    .flatMap((type) =>
      [...type.fields]
        .filter(([, field]) => field.allow.includes('EMERGENCY'))
        .map(([name]) => `${type.name}.${name}: emergency access reads; it sends and changes nothing.`),
    );
}

// An operation says one purpose as a rule: what needs two at once would be read by nobody.
function purposeBreaches(access: AccessMap): string[] {
  const decisions = openDecisions(access);
  const audienceSets = everyAudienceSet();
  const isWithheld = (number: number, purposes: readonly Purpose[]) =>
    audienceSets.some((audiences) => decisions.tableFor(audiences, purposes)[number] === WITHHELD);
  return decisions.coordinates
    .filter((_, number) => PURPOSES.every((purpose) => isWithheld(number, [purpose])))
    .filter((coordinate) => !coordinate.includes('('))
    .map((coordinate) => `${coordinate}: no purpose opens it and what stands around it.`);
}

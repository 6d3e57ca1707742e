import { abilityFrom, READ, REACH, readingRules, type Ability } from './ability.ts';
import type { AbstractType, AccessMap, Classification, TypeAccess } from './access-map.ts';
import { AUDIENCES, isRelation, type Audience } from './audiences.ts';
import { isForPurpose, PURPOSES, type Purpose } from './purposes.ts';

// In order: the least of several is the answer that binds, and whatever lies under CONDITIONAL is never asked for.
/** Never, for anybody of this audience set. */
export const DENY = 0;
/** This audience set may, but not for the purposes of this operation. */
export const WITHHELD = 1;
/** It depends on the row: the subgraph decides. */
export const CONDITIONAL = 2;
/** Always. */
export const ALLOW = 3;
export type Decision = typeof DENY | typeof WITHHELD | typeof CONDITIONAL | typeof ALLOW;

/** One table per audience set and purpose set over the numbered coordinates of a schema; a decision is one array read. */
export interface Decisions {
  /** `Type.field`, `Type.field(argument:)`, `Input.field`, and `Type.__typename` for reaching the type at all. */
  readonly coordinates: readonly string[];
  /** The number of a coordinate, or undefined for one that the policy does not know: deny it. */
  numberOf(coordinate: string): number | undefined;
  /** Costs some tens of microseconds the first time that two sets meet, a look-up afterwards. */
  tableFor(audiences: readonly Audience[], purposes: readonly Purpose[]): Uint8Array;
}

/** Numbers the coordinates of a schema and decides them, once per audience set and purpose set, never per caller. */
export function openDecisions(access: AccessMap): Decisions {
  const coordinates = coordinatesOf(access);
  const numbers = new Map(coordinates.map((coordinate, number) => [coordinate, number]));
  const tables = new Map<number, Uint8Array>();
  return {
    coordinates,
    numberOf: (coordinate) => numbers.get(coordinate),
    tableFor(audiences, purposes) {
      // 66 audience sets times 64 purpose sets at the very most, some hundred bytes each: nothing has to be forgotten.
      const key = maskOf(audiences, AUDIENCES) * 2 ** PURPOSES.length + maskOf(purposes, PURPOSES);
      const known = tables.get(key);
      if (known) return known;
      const decider = openDecider(access, { audiences, purposes });
      const table = Uint8Array.from(coordinates, (coordinate) => decider(coordinate));
      tables.set(key, table);
      return table;
    },
  };
}

function maskOf<Name>(held: readonly Name[], all: readonly Name[]): number {
  let mask = 0;
  for (const name of held) mask |= 1 << all.indexOf(name);
  return mask;
}

/** Of which audiences and for which purposes an operation is asked. */
interface Asking {
  readonly audiences: readonly Audience[];
  readonly purposes: readonly Purpose[];
}

function coordinatesOf(access: AccessMap): string[] {
  const ofType = (type: TypeAccess) => [
    ...(type.input ? [] : [`${type.name}.__typename`]),
    ...[...type.fields].flatMap(([name, field]) => [
      `${type.name}.${name}`,
      ...[...field.arguments.keys()].map((argument) => `${type.name}.${name}(${argument}:)`),
    ]),
  ];
  const ofInterface = (type: AbstractType) => [
    `${type.name}.__typename`,
    ...type.fields.flatMap((name) => {
      const taken = type.possibleTypes.flatMap((possible) => [
        ...(access.types.get(possible)?.fields.get(name)?.arguments.keys() ?? []),
      ]);
      return [
        `${type.name}.${name}`,
        ...new Set(taken.map((argument) => `${type.name}.${name}(${argument}:)`)),
      ];
    }),
  ];
  return [
    ...[...access.types.values()].flatMap(ofType),
    ...[...access.interfaces.values()].flatMap(ofInterface),
    ...[...access.unions.keys()].map((name) => `${name}.__typename`),
  ];
}

function openDecider(access: AccessMap, { audiences, purposes }: Asking): (coordinate: string) => Decision {
  // The meaning of a relation does not matter here, only that it has one.
  const ability = abilityFrom(readingRules(access, audiences, (_type, relation) => ({ [relation]: true })));
  const useOf = (classified: Classification): Decision =>
    isForPurpose(classified.purposes, purposes) ? ALLOW : WITHHELD;
  const reach = (type: TypeAccess): Decision =>
    type.root ? ALLOW : lowest([decide(ability, { action: REACH, type: type.name }), useOf(type)]);
  const possible = (type: AbstractType, each: (type: TypeAccess) => Decision) =>
    type.possibleTypes.map((name) => access.types.get(name)).map((found) => (found ? each(found) : DENY));
  const send = (classified: Classification) =>
    lowest([sending(classified.allow, audiences), useOf(classified)]);

  // A field that gives nothing but rows out of reach is itself denied (hive router: the type's rule counts on output).
  const outputReach = (name: string): Decision => {
    const abstract = access.interfaces.get(name) ?? access.unions.get(name);
    if (abstract) return highest(possible(abstract, reach));
    const type = access.types.get(name);
    return type && !type.input ? reach(type) : ALLOW;
  };
  const ofField = (type: TypeAccess, name: string): Decision => {
    const field = type.fields.get(name);
    if (!field) return DENY;
    if (type.input) return send(field);
    return lowest([
      reach(type),
      decide(ability, { action: READ, type: type.name, field: name }),
      useOf(field),
      outputReach(field.type),
    ]);
  };
  const ofArgument = (type: TypeAccess, name: string, argument: string): Decision => {
    const field = type.fields.get(name);
    const own = field?.arguments.get(argument);
    if (!field || !own) return DENY;
    // One that says nothing of its own is for whomever its field is for, rows included.
    return own.allow === field.allow
      ? lowest([ofField(type, name), useOf(own)])
      : lowest([ofField(type, name), send(own)]);
  };
  return (coordinate) => {
    const [typeName = '', name = '', argument] = coordinate.split(/[.(:]/);
    const decideOn = (type: TypeAccess): Decision => {
      if (argument !== undefined) return ofArgument(type, name, argument);
      return name === '__typename' ? reach(type) : ofField(type, name);
    };
    const type = access.types.get(typeName);
    if (type) return decideOn(type);
    // A field of an interface could come from any implementation: what one denies, the interface denies
    // (GHSA-x33c-7c2v-mrj9). A union has no fields, and its __typename tells no more than the field that gave it.
    const implemented = access.interfaces.get(typeName);
    if (implemented) return lowest(possible(implemented, decideOn));
    const union = access.unions.get(typeName);
    return union ? highest(possible(union, reach)) : DENY;
  };
}

// CASL answers for a type what holds on *some* instance; a gateway needs to know what holds on every one.
function decide(ability: Ability, question: { action: string; type: string; field?: string }): Decision {
  const rules = ability.rulesFor(question.action, question.type, question.field);
  if (rules.some((rule) => rule.conditions === undefined && !rule.inverted)) return ALLOW;
  return rules.length > 0 ? CONDITIONAL : DENY;
}

const sending = (allow: readonly Audience[], audiences: readonly Audience[]): Decision =>
  allow.some((audience) => !isRelation(audience) && audiences.includes(audience)) ? ALLOW : DENY;

// Of none: an interface that nothing implements, a union without members. There is nothing to allow.
const lowest = (decisions: readonly Decision[]): Decision =>
  decisions.length > 0 ? (Math.min(...decisions) as Decision) : DENY;

const highest = (decisions: readonly Decision[]): Decision =>
  decisions.length > 0 ? (Math.max(...decisions) as Decision) : DENY;

import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability';
import type { Caller } from '@kept/passport';
import type { AccessMap, TypeAccess } from './access-map.ts';
import { audiencesOf, canHold, isRelation, type Audience, type Relation } from './audiences.ts';
import { checkConditions, mentionsNull, type Conditions } from './conditions.ts';
import { holds } from './decide-row.ts';
import { matchConditions } from './match-conditions.ts';
import type { openPlacesGate } from './places-gate.ts';

/** What one caller may reach, read and do. Ask it through `mayRead` and `may`, which never forget the row. */
export type Ability = MongoAbility;
export type { Conditions } from './conditions.ts';

/**
 * What a relation means on the rows of a type, as conditions over their columns. Never `undefined`. `WITHIN` is no audience: it says
 * which rows of the type this caller reaches at the most, whatever they may be besides; `undefined` limits nothing.
 */
export type Relations = Readonly<
  Record<
    string,
    Partial<Record<Relation, (caller: Caller) => Conditions>> & {
      readonly WITHIN?: (caller: Caller) => Conditions | undefined;
    }
  >
>;
/** One sentence of a policy: `can('cancel', 'Booking', { clientId: caller.accountId })`. */
export type Can = (verb: string | readonly string[], type: string, conditions?: Conditions) => void;
/** The sentences of a policy file: who may do what. */
export type DefineVerbs = (caller: Caller, can: Can) => void;

/** To reach a row, and to read one of its fields: two questions, because a list needs the first alone. */
export const REACH = 'reach';
export const READ = 'read';
const RESERVED = new Set([REACH, READ, 'manage']);

export type Rule = RawRuleOf<Ability>;

/** Builds what a caller may do from the schema's audiences, the meaning of relations and the policy's sentences. */
export function buildAbility(options: {
  schema: AccessMap;
  caller: Caller;
  relations?: Relations | undefined;
  verbs?: DefineVerbs | undefined;
  /** The time of a query: emergency access counts for reading alone. Left out for everything else. */
  readingAt?: Date | undefined;
  /** Which root fields are closed to roles that are limited to places (`openPlacesGate`). */
  places?: ReturnType<typeof openPlacesGate> | undefined;
}): Ability {
  const { schema, caller, relations = {}, verbs, readingAt, places } = options;
  const conditionsOf = (type: string, relation: Relation) => relations[type]?.[relation]?.(caller);
  const rules = readingRules(schema, audiencesOf(caller, readingAt), conditionsOf)
    .flatMap((rule) => withinPlaces(rule, places, caller))
    .map((rule) => withinLimits(rule, relations, caller));
  const can: Can = (verb, type, conditions) => {
    const actions = typeof verb === 'string' ? [verb] : [...verb];
    const reserved = actions.find((action) => RESERVED.has(action)) ?? (type === 'all' ? type : undefined);
    if (reserved) throw new Error(`can('${reserved}', …): what is read is said by @access in the schema.`);
    if (conditions) checkConditions(conditions, `can('${actions.join()}', '${type}', …)`);
    // For somebody without an account, `{ clientId: caller.accountId }` would match rows without a client.
    const matchesNobody = caller.accountId === null && conditions !== undefined && mentionsNull(conditions);
    if (!matchesNobody) rules.push({ action: actions, subject: type, ...(conditions && { conditions }) });
  };
  verbs?.(caller, can);
  return abilityFrom(rules);
}

// A rule without fields would be for all of them.
function withinPlaces(
  rule: Rule,
  places: ReturnType<typeof openPlacesGate> | undefined,
  caller: Caller,
): Rule[] {
  const { fields, subject } = rule;
  if (places === undefined || caller.locations === null || rule.action !== READ) return [rule];
  if (typeof subject !== 'string' || !Array.isArray(fields)) return [rule];
  const open = fields.filter((field) => places(caller, subject, field));
  return open.length === 0 ? [] : [{ ...rule, fields: open }];
}

// Reach alone: who reads a field or does something is asked for reach first.
function withinLimits(rule: Rule, relations: Relations, caller: Caller): Rule {
  if (rule.action !== REACH || typeof rule.subject !== 'string') return rule;
  const limits = relations[rule.subject]?.WITHIN?.(caller);
  if (limits === undefined) return rule;
  checkConditions(limits, `WITHIN of ${rule.subject}`);
  return { ...rule, conditions: rule.conditions ? { $and: [rule.conditions, limits] } : limits };
}

/** An ability whose conditions mean what `sqlCondition` makes of them, and not what CASL's own matcher would. */
export const abilityFrom = (rules: Rule[]): Ability =>
  createMongoAbility(rules, {
    conditionsMatcher: (conditions) => (row) => matchConditions(conditions, row),
  });

type ConditionsOf = (type: string, relation: Relation) => Conditions | undefined;

/** The rules for reading, as far as audiences and relations decide them. Rules only ever allow: there is no `cannot`. */
export function readingRules(
  schema: AccessMap,
  audiences: readonly Audience[],
  conditionsOf: ConditionsOf,
): Rule[] {
  const rules: Rule[] = [];
  for (const type of schema.types.values()) {
    if (type.input) continue;
    const grant = (
      allow: readonly Audience[],
      rule: { action: string; subject: string; fields?: string[] },
    ) => {
      // A rule without conditions settles the matter; the relations need not be looked at.
      if (allow.some((audience) => !isRelation(audience) && audiences.includes(audience))) {
        rules.push(rule);
        return;
      }
      for (const relation of allow.filter(isRelation)) {
        if (!canHold(relation, audiences)) continue;
        const conditions = conditionsOf(type.name, relation);
        if (conditions === undefined) continue;
        checkConditions(conditions, `${relation} of ${type.name}`);
        rules.push({ ...rule, conditions });
      }
    };
    if (!type.root) grant(type.allow, { action: REACH, subject: type.name });
    for (const { allow, fields } of fieldsByAudience(type)) {
      grant(allow, { action: READ, subject: type.name, fields });
    }
  }
  return rules;
}

const grouped = new WeakMap<TypeAccess, { allow: readonly Audience[]; fields: string[] }[]>();

// Most fields of a type are for the same people: a rule for each group keeps an ability cheap to build per request.
function fieldsByAudience(type: TypeAccess) {
  const known = grouped.get(type);
  if (known) return known;
  const groups = new Map<string, { allow: readonly Audience[]; fields: string[] }>();
  for (const [name, { allow }] of type.fields) {
    const group = groups.get(allow.join()) ?? { allow, fields: [] };
    group.fields.push(name);
    groups.set(allow.join(), group);
  }
  const list = [...groups.values()];
  grouped.set(type, list);
  return list;
}

/** Whether the caller may know of this row (without `field`), or read this field of it. */
// oxlint-disable-next-line max-params -- mayRead(ability, 'Booking', row, 'notes') is a sentence
export function mayRead(ability: Ability, type: string, row: object, field?: string): boolean {
  if (!holds(ability, { action: REACH, type }, row)) return false;
  return field === undefined || holds(ability, { action: READ, type, field }, row);
}

/** Whether the caller may ask this root field at all. */
export function mayAsk(ability: Ability, rootType: string, field: string): boolean {
  return ability.rulesFor(READ, rootType, field).some((rule) => rule.conditions === undefined);
}

/** Whether the caller may do this to this row. Without a row: whatever the row (a conditional sentence is not enough). */
// oxlint-disable-next-line max-params -- may(ability, 'cancel', 'Booking', row) is a sentence
export function may(ability: Ability, verb: string, type: string, row?: object): boolean {
  if (row) return holds(ability, { action: verb, type }, row);
  return ability.rulesFor(verb, type).some((rule) => rule.conditions === undefined);
}

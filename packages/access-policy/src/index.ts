export { buildAbility, may, mayAsk, mayRead } from './ability.ts';
export type { Ability, Can, Conditions, DefineVerbs, Relations } from './ability.ts';
export { AccessPolicyError } from './access-map.ts';
export type { AbstractType, AccessMap, Classification, FieldAccess, TypeAccess } from './access-map.ts';
export {
  ACCESS_SPEC,
  AUDIENCES,
  accessSdl,
  audiencesOf,
  everyAudienceSet,
  isRelation,
  isWithin,
} from './audiences.ts';
export type { Audience, Relation } from './audiences.ts';
export { ALLOW, CONDITIONAL, DENY, openDecisions, WITHHELD } from './decisions.ts';
export type { Decision, Decisions } from './decisions.ts';
export { checkAccessRules } from './check-access-rules.ts';
export { linkedDirectiveName } from './find-directive.ts';
export { FIELD_DENIED, guardSchema, unguardedCoordinates } from './guard-schema.ts';
export { ownClients } from './own-clients.ts';
export { openPlacesGate } from './places-gate.ts';
export { isForPurpose, PURPOSES, purposesOf } from './purposes.ts';
export type { Purpose } from './purposes.ts';
export { unguardedLists } from './guard-lists.ts';
export { readAccessMap } from './read-access-map.ts';
export { mustBeTrained, openTrainingGate } from './training-gate.ts';
export { namedSqlCondition, sqlCondition } from './sql-condition.ts';
export type { ConditionPlace, NamedSqlCondition, SqlCondition } from './sql-condition.ts';

export { assertEverythingDeclared } from './assert-everything-declared.ts';
export type { Queryable } from './assert-everything-declared.ts';
export { collectDeclarations } from './collect-declarations.ts';
export type { EntityClass } from './collect-declarations.ts';
export { databaseDeclarations } from './database-declarations.ts';
export { declareTable, notPersonal, personal } from './declaration.ts';
export type {
  ColumnDeclaration,
  NotPersonalColumn,
  PersonalColumn,
  PersonalData,
  TableDeclaration,
} from './declaration.ts';
export { personalDataDeclarations } from './declarations.ts';
export { NotPersonal, Personal } from './decorators.ts';
export { IncompleteDeclarations } from './incomplete-declarations.ts';
export { hashOfManifest, manifestOf } from './manifest.ts';
export type { PrivacyManifest } from './manifest.ts';
export { inventory } from './inventory.ts';
export type { InventoryEntry } from './inventory.ts';
export { personalDataMigrations } from './migrations.ts';
export { addPeriod, expiredSince, parsePeriod } from './period.ts';
export { PurgeFailed, purgeExpired } from './purge-expired.ts';
export type { PurgeEvidence, PurgeOptions, PurgeReport, RulePurge } from './purge-expired.ts';
export { retentionRule } from './retention-rule.ts';
export type { RetentionRule } from './retention-rule.ts';
export { PURPOSES_OF_DATA } from './vocabulary/purposes.ts';
export type { PurposeOfData } from './vocabulary/purposes.ts';
export { iriOf, termOf } from './vocabulary/vocabulary.ts';

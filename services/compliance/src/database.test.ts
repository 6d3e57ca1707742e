import { schemaDrift, tablesOutsideWall } from '@kept/database';
import { assertEverythingDeclared, inventory } from '@kept/personal-data';
import { complianceDeclarations, complianceEntities } from './database.ts';
import { openStage } from './stage-for-tests.ts';
import type { Stage } from './stage-for-tests.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.drop());

it('declares every column of its database, and nothing that is not there', async () => {
  await stage.database.infrastructure('test', (tx) => assertEverythingDeclared(tx, complianceDeclarations));
});

it('has a written reason for every column', () => {
  const entries = inventory(complianceDeclarations, 'compliance');
  expect(entries.length).toBeGreaterThan(80);
  expect(entries.filter(({ reason }) => reason.trim().length < 5)).toEqual([]);
  expect(entries.filter(({ personal, retention }) => personal && retention === null)).toEqual([]);
});

it('has tables and entities that agree', async () => {
  expect(await schemaDrift({ ownerUrl: stage.ownerUrl, entities: complianceEntities })).toEqual([]);
});

it('keeps only what belongs to no organization outside the tenant wall', async () => {
  const outside = await stage.database.infrastructure('test', tablesOutsideWall);
  expect(outside).toEqual([
    'inbox',
    'inbox_trouble',
    'kept_migration',
    'organization',
    'outbox',
    'outbox_delivery',
  ]);
});

import { schemaDrift, tablesOutsideWall } from '@kept/database';
import { assertEverythingDeclared } from '@kept/personal-data';
import { checkAccessRules } from '@kept/access-policy';
import { readSdl } from '@kept/subgraph-kit';
import { paymentsDeclarations, paymentsEntities } from './database.ts';
import { openPaymentsForTests, organizationOf, type UnderTest } from './payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const OWN = [
  'booking_reference',
  'ledger_entry',
  'ledger_transaction',
  'money_notice',
  'payment',
  'payment_method',
  'payment_op',
  'processor_customer',
  'refund',
];

describe('the database of payments', () => {
  it('has the tables that the entities map', async () => {
    expect(await schemaDrift({ ownerUrl: test.ownerUrl, entities: paymentsEntities })).toEqual([]);
  });

  it('declares every column: whose it is, why it is kept, and for how long', async () => {
    await test.database.infrastructure('test', (tx) => assertEverythingDeclared(tx, paymentsDeclarations));
  });

  it('[ACC-03] keeps every table of an organization behind the tenant wall', async () => {
    const outside = await test.database.infrastructure('test', (tx) => tablesOutsideWall(tx));
    expect(outside.filter((table) => OWN.includes(table))).toEqual([]);
    expect(outside).toEqual(expect.arrayContaining(['processor_event', 'state_transition', 'organization']));
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    const elsewhere = organizationOf(await test.newClient());
    for (const table of OWN.filter((name) => !['refund', 'money_notice'].includes(name))) {
      const count = (organizationId: string) =>
        test.database.transaction(organizationId, (tx) => tx.query(`SELECT FROM ${table}`));
      expect([table, (await count(organizationOf(client))).length > 0]).toEqual([table, true]);
      expect([table, (await count(elsewhere)).length]).toEqual([table, 0]);
      const nobody = await test.database.infrastructure('test', (tx) => tx.query(`SELECT FROM ${table}`));
      expect([table, nobody.length]).toEqual([table, 0]);
    }
    const smuggle = test.database.transaction(elsewhere, (tx) =>
      tx.query(`INSERT INTO processor_customer VALUES (gen_random_uuid(), $1, $1, null, now())`, [
        organizationOf(client),
      ]),
    );
    await expect(smuggle).rejects.toThrow('row-level security');
  });
});

describe('the schema of payments', () => {
  it('describes and classifies everything, and is nullable where somebody may not read', () => {
    expect(checkAccessRules(readSdl(import.meta.dirname))).toEqual([]);
  });
});

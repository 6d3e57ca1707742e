import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import pg from 'pg';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// The books can only be added to, and only in balance, whoever writes. Two gaps that others have are closed here: a
// transaction without entries, and entries that are added to a transaction of the past.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

async function writtenLedger() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  const { payment } = await test.authorize(client, { quote, paymentMethodId });
  test.clock.advance(1_000);
  await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
  await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
  const inside = <Row>(work: (tx: Transaction) => Promise<Row>) =>
    test.database.transaction(organizationId, work);
  return { organizationId, inside };
}

const TRANSACTION = `INSERT INTO ledger_transaction (id, organization_id, payment_id, cause_id, kind, created_at)
  VALUES ($1, $2, $1, $1, 'CAPTURED', now())`;
const ENTRY = `INSERT INTO ledger_entry (transaction_id, organization_id, account, currency, amount_minor)
  VALUES ($1, $2, $3, $4, $5)`;

describe('the ledger', () => {
  it('[payments T30] refuses UPDATE, DELETE and TRUNCATE by the service and by the owner of the tables', async () => {
    const { inside } = await writtenLedger();
    const attempts = ['ledger_entry', 'ledger_transaction'].flatMap((table) => [
      `UPDATE ${table} SET organization_id = organization_id`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]);
    const owner = new pg.Client({ connectionString: test.ownerUrl });
    await owner.connect();
    for (const attempt of attempts) {
      await expect(inside((tx) => tx.query(attempt))).rejects.toThrow(/permission denied|only grows/);
      await expect(owner.query(attempt)).rejects.toThrow(/only grows/);
    }
    await owner.end();
  });

  it.each([
    ['one side only', [['asset:processor_receivable', 'EUR', 100]]],
    [
      'sides that differ',
      [
        ['asset:processor_receivable', 'EUR', 100],
        ['liability:deferred_revenue', 'EUR', -99],
      ],
    ],
    [
      'a balance across two currencies',
      [
        ['asset:processor_receivable', 'EUR', 100],
        ['liability:deferred_revenue', 'USD', -100],
      ],
    ],
    ['no entries at all', []],
  ] as [string, [string, string, number][]][])(
    '(I1) refuses a transaction with %s',
    async (_words, entries) => {
      const { inside, organizationId } = await writtenLedger();
      const id = randomUUID();
      const write = inside(async (tx) => {
        await tx.query(TRANSACTION, [id, organizationId]);
        for (const entry of entries) await tx.query(ENTRY, [id, organizationId, ...entry]);
      });
      await expect(write).rejects.toThrow('does not balance');
    },
  );

  it('refuses a balanced pair that is added to a transaction of the past', async () => {
    const { inside, organizationId } = await writtenLedger();
    const write = inside(async (tx) => {
      const [old] = await tx.query<{ id: string }>('SELECT id FROM ledger_transaction LIMIT 1');
      await tx.query(ENTRY, [old?.id, organizationId, 'revenue:service', 'EUR', 1]);
      await tx.query(ENTRY, [old?.id, organizationId, 'contra:refunds', 'EUR', -1]);
    });
    await expect(write).rejects.toThrow('is complete');
  });

  it('cannot be told that a transaction was written by another one', async () => {
    const { inside, organizationId } = await writtenLedger();
    const id = randomUUID();
    await inside(async (tx) => {
      await tx.query(
        TRANSACTION.replace('created_at)', 'created_at, written_in)').replace('now())', `now(), '1')`),
        [id, organizationId],
      );
      await tx.query(ENTRY, [id, organizationId, 'revenue:service', 'EUR', 1]);
      await tx.query(ENTRY, [id, organizationId, 'contra:refunds', 'EUR', -1]);
    });
    const [row] = await inside((tx) =>
      tx.query<{ forged: boolean }>(
        `SELECT written_in = '1'::xid8 AS forged FROM ledger_transaction WHERE id = $1`,
        [id],
      ),
    );
    expect(row).toEqual({ forged: false });
  });

  it('writes each money event once, whatever the code believes', async () => {
    const { inside, organizationId } = await writtenLedger();
    const again = inside((tx) =>
      tx.query(
        `INSERT INTO ledger_transaction (id, organization_id, payment_id, cause_id, kind, created_at)
         SELECT gen_random_uuid(), $1, payment_id, cause_id, kind, now() FROM ledger_transaction`,
        [organizationId],
      ),
    );
    await expect(again).rejects.toThrow('one_ledger_transaction_per_cause_and_kind');
  });

  it('keeps the state machine itself from being extended by the service', async () => {
    const { inside } = await writtenLedger();
    const add = inside((tx) =>
      tx.query(`INSERT INTO state_transition VALUES ('payment', 'FAILED', 'CAPTURED')`),
    );
    await expect(add).rejects.toThrow(/permission denied|only grows/);
  });

  it('is read page by page by billing alone', async () => {
    const { organizationId } = await writtenLedger();
    const query = `query ($after: String) { ledger(first: 2, after: $after) { endCursor
      transactions { kind payment { id } entries { account amount { amountMinor currency } } } } }`;
    const billing = staffOf(organizationId, 'BILLING');
    interface Page {
      endCursor: string | null;
      transactions: { kind: string; entries: { account: string; amount: { amountMinor: number } }[] }[];
    }
    const first = (await test.ask(billing, query)).data?.['ledger'] as Page;
    const second = (await test.ask(billing, query, { after: first.endCursor })).data?.['ledger'] as Page;
    const kinds = [first, second].map(({ transactions }) => transactions.map(({ kind }) => kind).toSorted());
    expect(kinds).toEqual([['CAPTURED', 'FEE_CHARGED'], ['AUTHORIZED']]);
    expect(second.endCursor).toBeNull();
    expect(second.transactions[0]?.entries).toEqual([
      { account: 'memo:customer_hold', amount: { amountMinor: -4500, currency: 'EUR' } },
      { account: 'memo:processor_hold', amount: { amountMinor: 4500, currency: 'EUR' } },
    ]);
    for (const after of ['x', 'MjAyNi0xMy00NQ', '%%%']) {
      expect((await test.ask(billing, query, { after })).errors[0]?.extensions?.code).toBe('BAD_INPUT');
    }
    const others = staffOf(organizationId, 'MANAGER', 'FRONT_DESK', 'PROVIDER', 'COMPLIANCE');
    expect((await test.ask(others, query)).errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    const elsewhere = staffOf(organizationOf(await test.newClient()), 'BILLING');
    expect((await test.ask(elsewhere, query)).data).toEqual({
      ledger: { endCursor: null, transactions: [] },
    });
  });
});

import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { applyIntentFacts } from '../payments/apply-intent-facts.ts';
import { lockPayment } from '../payments/lock-payment.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// Billing reads what was taken, given back and earned in the months of the business, and takes it out as CSV.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const STATEMENT = `query ($from: String!, $to: String!) { statement(from: $from, to: $to) { timeZone from to
  totals { kind count amount { amountMinor currency } }
  accounts { account opening { amountMinor } debits { amountMinor } credits { amountMinor } closing { amountMinor } } } }`;
const EXPORT = `mutation ($input: ExportStatementInput!) { exportStatement(input: $input) { __typename
  ... on StatementExported { filename contentType content rows endCursor } } }`;

interface Statement {
  timeZone: string;
  from: string;
  to: string;
  totals: { kind: string; count: number; amount: { amountMinor: number; currency: string } }[];
  accounts: Record<'opening' | 'debits' | 'credits' | 'closing', { amountMinor: number }>[];
}

/** A business in Auckland that takes a deposit at the very end of its May, and another in June. */
async function business() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  await test.deliver(organizationId, 'organization.created', {
    name: 'Harbour',
    timeZone: 'Pacific/Auckland',
    currency: 'EUR',
  });
  const paymentMethodId = await test.addCard(client);
  const take = async () => {
    const quote = test.quoteFor(client);
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    const paymentId = payment?.id ?? '';
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settlePayment(test.payments, { organizationId, paymentId });
    return { quote, paymentId };
  };
  return { organizationId, client, take, billing: staffOf(organizationId, 'BILLING') };
}

const read = async (caller: Caller, from: string, to = from) => {
  const { data, errors } = await test.ask(caller, STATEMENT, { from, to });
  return { statement: data?.['statement'] as Statement, errors };
};

const csv = async (caller: Caller, input: Record<string, unknown> = {}) => {
  const { data, errors } = await test.ask(caller, EXPORT, {
    input: { from: '2030-05', to: '2030-06', idempotencyKey: randomUUID(), ...input },
  });
  return { page: data?.['exportStatement'] as Record<string, unknown>, errors };
};

describe('a statement', () => {
  it('[payments T26] shows what the processor keeps in the currency of its account, whatever was charged in', async () => {
    const { organizationId, client, billing } = await business();
    const quote = test.quoteFor(client, { currency: 'JPY', amountMinor: 4500 });
    const { payment } = await test.authorize(client, { quote, paymentMethodId: await test.addCard(client) });
    const actor = { kind: 'SERVICE', accountId: null, requestId: 'test' } as const;
    const { data } = await test.atProcessor<{ data: { id: string; metadata: { payment_id: string } }[] }>(
      '/v1/payment_intents?limit=100',
    );
    const reference = data.find(({ metadata }) => metadata.payment_id === payment?.id)?.id ?? '';
    await test.atProcessor(`/v1/payment_intents/${reference}/capture`, '');
    const found = await test.payments.processor.readIntent(reference);
    if (found.kind !== 'DONE') throw new Error('the simulator answers');
    await test.database.transaction(organizationId, async (tx) => {
      const locked = await lockPayment(tx, payment?.id ?? '');
      if (locked === null) throw new Error('it was begun above');
      const facts = { ...found.value, feeMinor: 75n, feeCurrency: 'EUR' };
      await applyIntentFacts({ payments: test.payments, tx, payment: locked, actor }, facts);
    });
    const { totals } = (await read(billing, '2030-05')).statement;
    expect(totals.filter(({ kind }) => kind === 'CAPTURED' || kind === 'FEE_CHARGED')).toEqual([
      { kind: 'CAPTURED', count: 1, amount: { amountMinor: 4500, currency: 'JPY' } },
      { kind: 'FEE_CHARGED', count: 1, amount: { amountMinor: 75, currency: 'EUR' } },
    ]);
  });

  it('counts by the months of the business, and what an account held at the end is what it holds at the beginning', async () => {
    const { billing, take } = await business();
    // 23:30 of 31 May in Auckland is 11:30 in UTC.
    test.clock.advance(Date.parse('2030-05-31T11:30:00Z') - test.clock().getTime());
    await take();
    test.clock.advance(3_600_000);
    const now = { ...billing, authenticatedAt: test.clock().getTime() / 1000 };
    await take();
    const may = (await read(now, '2030-05')).statement;
    const june = (await read(now, '2030-06')).statement;
    expect([may.timeZone, may.from, may.to]).toEqual([
      'Pacific/Auckland',
      '2030-04-30T12:00:00.000Z',
      '2030-05-31T12:00:00.000Z',
    ]);
    for (const { totals } of [may, june]) {
      const captured = totals.find(({ kind }) => kind === 'CAPTURED');
      expect(captured).toEqual({
        kind: 'CAPTURED',
        count: 1,
        amount: { amountMinor: 4500, currency: 'EUR' },
      });
    }
    const amounts = ({ accounts }: Statement, when: 'opening' | 'closing') =>
      accounts.map((account) => account[when].amountMinor);
    expect(amounts(june, 'opening')).toEqual(amounts(may, 'closing'));
    const both = (await read(now, '2030-05', '2030-06')).statement;
    expect(amounts(both, 'opening')).toEqual(amounts(may, 'opening'));
    expect(amounts(both, 'closing')).toEqual(amounts(june, 'closing'));
    expect(amounts(both, 'closing').reduce((sum, amount) => sum + amount, 0)).toBe(0);

    const { page } = await csv(now);
    expect(page).toMatchObject({ filename: 'ledger-2030-05-2030-06.csv', rows: 16, endCursor: null });
    const lines = String(page['content']).split('\r\n');
    expect(lines[0]).toBe('transaction,written_at,date,kind,payment,account,currency,debit,credit');
    const receivable = lines.filter((line) => line.includes('CAPTURED') && line.includes('asset:'));
    expect(receivable.map((line) => line.split(',').slice(2, 4).concat(line.split(',').slice(6)))).toEqual([
      ['2030-05-31', 'CAPTURED', 'EUR', '45.00', ''],
      ['2030-06-01', 'CAPTURED', 'EUR', '45.00', ''],
    ]);
    // What is written down is the export, not each of its repetitions.
    const idempotencyKey = randomUUID();
    await csv(now, { idempotencyKey });
    await csv(now, { idempotencyKey });
    const audits = await test.published(now.organizationId ?? '', 'audit.recorded');
    expect(audits.filter(({ action }) => action === 'statement_exported')).toHaveLength(2);
    const conflict = await csv(now, { idempotencyKey, from: '2030-06' });
    expect(conflict.page['__typename']).toBe('IdempotencyConflict');
  });

  it('refuses what is no month, what is too long, and cursors that are not ours', async () => {
    const { billing } = await business();
    const now = { ...billing, authenticatedAt: test.clock().getTime() / 1000 };
    for (const [from, to] of [
      ['2030-13', '2030-13'],
      ['2030-1', '2030-01'],
      ["2030-01'; --", '2030-01'],
      ['2030-02', '2030-01'],
      ['2028-01', '2030-01'],
    ] as const) {
      const asked = await read(now, from, to);
      const exported = await csv(now, { from, to });
      for (const { errors } of [asked, exported]) expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
    }
    expect((await csv(now, { after: 'x' })).errors[0]?.extensions?.code).toBe('BAD_INPUT');
  });

  it('[ACC-04] [payments T25] is for billing alone, and leaves the house only with a recent second factor', async () => {
    const { billing, client, organizationId } = await business();
    const now = test.clock().getTime() / 1000;
    const others = { ...staffOf(organizationId, 'MANAGER', 'FRONT_DESK', 'PROVIDER'), authenticatedAt: now };
    for (const caller of [others, client]) {
      expect((await read(caller, '2030-05')).errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
      expect((await csv(caller)).errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    }
    const stale = await csv({ ...billing, authenticatedAt: now - 3_600 });
    expect(stale.errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
    const elsewhere = { ...staffOf(organizationOf(await test.newClient()), 'BILLING'), authenticatedAt: now };
    expect((await read(elsewhere, '2030-05')).statement).toMatchObject({ totals: [], accounts: [] });
  });
});

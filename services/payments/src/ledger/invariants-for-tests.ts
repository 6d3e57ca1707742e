import type { UnderTest } from '../payments-for-tests.ts';

interface WireIntent {
  id: string;
  status: string;
  amount_capturable: number;
  amount_received: number;
  metadata: { organization_id?: string; payment_id?: string };
}
interface WireRefund {
  amount: number;
  status: string;
  payment_intent: string;
}

/**
 * The invariants I1 to I12 for one organization, against the database and against what the processor holds.
 * I1 every transaction sums to zero, I2 so does the ledger, I3 holds, I4 receivable, I5, I6, I7.
 */
export async function brokenInvariants(test: UnderTest, organizationId: string): Promise<string[]> {
  const broken: string[] = [];
  const expectNone = async (name: string, sql: string) => {
    const rows = await test.database.transaction(organizationId, (tx) => tx.query(sql));
    if (rows.length > 0) broken.push(`${name}: ${JSON.stringify(rows)}`);
  };
  await expectNone(
    'I1',
    `SELECT transaction_id, sum(amount_minor) FROM ledger_entry GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0`,
  );
  await expectNone(
    'I2',
    'SELECT currency, sum(amount_minor) FROM ledger_entry GROUP BY currency HAVING sum(amount_minor) <> 0',
  );
  await expectNone('I5', 'SELECT id FROM payment WHERE captured_minor > authorized_minor');
  await expectNone(
    'I6',
    'SELECT id FROM payment WHERE refunded_minor + refund_pending_minor > captured_minor',
  );
  await expectNone(
    'I9',
    `SELECT o.id FROM payment_op o WHERE o.state = 'DONE' AND o.kind = 'CAPTURE'
     AND NOT EXISTS (SELECT FROM ledger_transaction t WHERE t.cause_id = o.payment_id AND t.kind = 'CAPTURED')`,
  );
  const { intents, refunds } = await atProcessor(test, organizationId);
  const held = intents.reduce((sum, intent) => sum + intent.amount_capturable, 0);
  const received = intents.reduce((sum, intent) => sum + intent.amount_received, 0);
  const gone = refunds
    .filter(({ status }) => status === 'succeeded')
    .reduce((sum, { amount }) => sum + amount, 0);
  const balances = await balancesOf(test, organizationId);
  const compare = (name: string, ours: number, theirs: number) => {
    if (ours !== theirs) broken.push(`${name}: the ledger says ${ours}, the processor ${theirs}`);
  };
  compare('I3', balances['memo:processor_hold'] ?? 0, held);
  compare('I4', balances['asset:processor_receivable'] ?? 0, received - gone);
  const live = intents.filter(({ status }) => status === 'requires_capture' || status === 'succeeded');
  const perPayment = new Map<string, number>();
  for (const { metadata } of live) {
    const id = metadata.payment_id ?? '';
    perPayment.set(id, (perPayment.get(id) ?? 0) + 1);
  }
  for (const [id, count] of perPayment) if (count > 1) broken.push(`I7: payment ${id} has ${count} intents`);
  return broken;
}

export async function atProcessor(test: UnderTest, organizationId: string) {
  const all = await test.atProcessor<{ data: WireIntent[] }>('/v1/payment_intents?limit=10000');
  const intents = all.data.filter(({ metadata }) => metadata.organization_id === organizationId);
  const ours = new Set(intents.map(({ id }) => id));
  const refunds = await test.atProcessor<{ data: WireRefund[] }>('/v1/refunds?limit=10000');
  return { intents, refunds: refunds.data.filter(({ payment_intent: intent }) => ours.has(intent)) };
}

export async function balancesOf(test: UnderTest, organizationId: string): Promise<Record<string, number>> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ account: string; balance: string }>(
      'SELECT account, sum(amount_minor)::text AS balance FROM ledger_entry GROUP BY account',
    ),
  );
  return Object.fromEntries(rows.map(({ account, balance }) => [account, Number(balance)]));
}

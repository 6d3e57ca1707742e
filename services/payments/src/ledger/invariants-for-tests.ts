import type { UnderTest } from '../payments-for-tests.ts';
import { checkInvariants } from './check-invariants.ts';

interface WireIntent {
  id: string;
  status: string;
  amount_capturable: number;
  amount_received: number;
  metadata: { organization_id?: string; payment_id?: string };
  latest_charge: { balance_transaction: { fee: number } | null } | null;
}
interface WireRefund {
  id: string;
  amount: number;
  status: string;
  payment_intent: string;
}
interface WireDispute {
  id: string;
  payment_intent: string;
  status: string;
  evidence_details: { submission_count: number };
  balance_transactions: { net: number }[];
}

/**
 * The invariants I1 to I12 for one organization: those that the product itself asks of its books all day
 * (check-invariants.ts), and against what the processor holds: I3 holds, I4 receivable, I7 one intent per payment.
 */
export async function brokenInvariants(
  test: UnderTest,
  organizationId: string,
  since?: Date,
): Promise<string[]> {
  const inBooks = await test.database.transaction(organizationId, (tx) => checkInvariants(tx, test.clock()));
  const broken = inBooks.map(({ invariant, count, example }) => `${invariant}: ${count}, such as ${example}`);
  const { intents, refunds, disputes } = await atProcessor(test, organizationId, since);
  const sum = <Item>(items: readonly Item[], of: (item: Item) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const held = sum(intents, ({ amount_capturable: amount }) => amount);
  const received = sum(intents, ({ amount_received: amount }) => amount);
  const kept = sum(intents, ({ latest_charge: charge }) => charge?.balance_transaction?.fee ?? 0);
  const gone = sum(
    refunds.filter(({ status }) => status === 'succeeded'),
    ({ amount }) => amount,
  );
  const withdrawn = sum(disputes, ({ balance_transactions: lines }) => sum(lines, ({ net }) => -net));
  const balances = await balancesOf(test, organizationId);
  const compare = (name: string, ours: number, theirs: number) => {
    if (ours !== theirs) broken.push(`${name}: the ledger says ${ours}, the processor ${theirs}`);
  };
  compare('I3', balances['memo:processor_hold'] ?? 0, held);
  compare('I4', balances['asset:processor_receivable'] ?? 0, received - gone - kept - withdrawn);
  const live = intents.filter(({ status }) => status === 'requires_capture' || status === 'succeeded');
  const perPayment = new Map<string, number>();
  for (const { metadata } of live) {
    const id = metadata.payment_id ?? '';
    perPayment.set(id, (perPayment.get(id) ?? 0) + 1);
  }
  for (const [id, count] of perPayment) if (count > 1) broken.push(`I7: payment ${id} has ${count} intents`);
  return broken;
}

/** What the processor has of one organization; made since then, when a test knows that there is nothing older. */
export async function atProcessor(test: UnderTest, organizationId: string, since = new Date(0)) {
  const made = `created[gte]=${Math.floor(since.getTime() / 1000)}&`;
  const all = await everything<WireIntent>(
    test,
    `/v1/payment_intents?expand[]=data.latest_charge.balance_transaction&${made}`,
  );
  const intents = all.filter(({ metadata }) => metadata.organization_id === organizationId);
  const ours = new Set(intents.map(({ id }) => id));
  const ofOurs = <Item extends { payment_intent: string }>(items: Item[]) =>
    items.filter(({ payment_intent: intent }) => ours.has(intent));
  const refunds = ofOurs(await everything<WireRefund>(test, `/v1/refunds?${made}`));
  return { intents, refunds, disputes: ofOurs(await everything<WireDispute>(test, `/v1/disputes?${made}`)) };
}

/** A whole list, page by page. */
async function everything<Item extends { id: string }>(test: UnderTest, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const last = items.at(-1);
    const after = last === undefined ? '' : `&starting_after=${last.id}`;
    const page = await test.atProcessor<{ data: Item[]; has_more: boolean }>(`${path}limit=100${after}`);
    items.push(...page.data);
    if (!page.has_more) return items;
  }
}

export async function balancesOf(test: UnderTest, organizationId: string): Promise<Record<string, number>> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ account: string; balance: string }>(
      'SELECT account, sum(amount_minor)::text AS balance FROM ledger_entry GROUP BY account',
    ),
  );
  return Object.fromEntries(rows.map(({ account, balance }) => [account, Number(balance)]));
}

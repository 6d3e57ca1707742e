/** How things stand for one organization, here and at the processor, in words that two runs of one flow have in common. */
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import type { UnderTest } from '../payments-for-tests.ts';

const SEEN = `
  SELECT 'payment' AS what, concat_ws(' ', status, captured_minor, refunded_minor, refund_pending_minor) AS how FROM payment
  UNION ALL SELECT 'method', status FROM payment_method
  UNION ALL SELECT 'op', kind || ' ' || state FROM payment_op WHERE state <> 'REJECTED'
  UNION ALL SELECT 'refund', status || ' ' || amount_minor FROM refund
  UNION ALL SELECT 'books', kind FROM ledger_transaction
  UNION ALL SELECT 'notice', event || ' ' || channel FROM money_notice
  UNION ALL SELECT 'told', name FROM outbox WHERE organization_id = $1 AND name NOT IN ('audit.recorded', 'message.requested')
  UNION ALL SELECT 'told', count(*) || ' ' || name FROM outbox WHERE organization_id = $1 AND name = 'message.requested' GROUP BY name`;

/** Every fact once, as often as it is so; sorted. A payment that is charged, told or booked twice shows twice. */
export async function pictureOf(test: UnderTest, organizationId: string): Promise<string[]> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ what: string; how: string }>(SEEN, [organizationId]),
  );
  const { intents, refunds } = await atProcessor(test, organizationId);
  return [
    ...rows.map(({ what, how }) => `${what}: ${how}`),
    ...intents.map(({ status, amount_received: received }) => `there: ${status} ${received}`),
    ...refunds.map(({ status, amount }) => `there: refund ${status} ${amount}`),
  ].toSorted();
}

/** How things stand for one organization, here and at the processor, in words that two runs of one flow have in common. */
import { atProcessor } from '../ledger/invariants-for-tests.ts';
import type { UnderTest } from '../payments-for-tests.ts';
import type { Scene } from './scenes-for-tests.ts';

const SEEN = `
  SELECT 'payment' AS what, concat_ws(' ', status, captured_minor, refunded_minor, refund_pending_minor, disputed_minor) AS how FROM payment
  UNION ALL SELECT 'method', status FROM payment_method
  UNION ALL SELECT 'mandate', array_to_string(covers, ' ') || CASE WHEN revoked_at IS NULL THEN '' ELSE ' revoked' END FROM mandate
  UNION ALL SELECT 'visit', status FROM payment_method_collection
  UNION ALL SELECT 'op', kind || ' ' || state FROM payment_op WHERE state <> 'REJECTED'
  UNION ALL SELECT 'refund', status || ' ' || amount_minor FROM refund
  UNION ALL SELECT 'request', status FROM refund_request
  UNION ALL SELECT 'pass', outcome FROM bought_pass
  UNION ALL SELECT 'fee', state FROM fee
  UNION ALL SELECT 'dispute', concat_ws(' ', status, evidence_sent_at IS NOT NULL, evidence_taken_at IS NOT NULL) FROM dispute
  UNION ALL SELECT 'incident', kind || CASE WHEN resolution IS NULL THEN '' ELSE ' ' || resolution END FROM payment_incident
  UNION ALL SELECT 'books', kind FROM ledger_transaction
  UNION ALL SELECT 'notice', event || ' ' || channel FROM money_notice
  UNION ALL SELECT 'told', name FROM outbox WHERE organization_id = $1 AND name NOT IN ('audit.recorded', 'message.requested')
  UNION ALL SELECT 'told', count(*) || ' ' || name FROM outbox WHERE organization_id = $1 AND name = 'message.requested' GROUP BY name`;

/** Every fact once, as often as it is so; sorted. A payment that is charged, told or booked twice shows twice. */
export async function pictureOf(
  test: UnderTest,
  { organizationId, openedAt }: Pick<Scene, 'organizationId' | 'openedAt'>,
): Promise<string[]> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ what: string; how: string }>(SEEN, [organizationId]),
  );
  const { intents, refunds, disputes } = await atProcessor(test, organizationId, openedAt);
  return [
    ...rows.map(({ what, how }) => `${what}: ${how}`),
    ...intents.map(({ status, amount_received: received }) => `there: ${status} ${received}`),
    ...refunds.map(({ status, amount }) => `there: refund ${status} ${amount}`),
    ...disputes.map(
      ({ status, evidence_details: { submission_count: sent } }) => `there: dispute ${status} ${sent}`,
    ),
  ].toSorted();
}

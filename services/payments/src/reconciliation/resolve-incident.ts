import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import type { ResolvePaymentIncidentInput } from '../schema-types.ts';
import { INCIDENT_COLUMNS, type IncidentRow } from './read-incidents.ts';

export type ResolutionResult =
  | { kind: 'CONFLICT' }
  | { kind: 'RESOLVED'; incident: IncidentRow }
  | { kind: 'ENDED'; incident: IncidentRow };

// It ends an alarm about money: more is asked for than a screen that was left open.
const SIGN_IN_MAX_AGE_SECONDS = 600;

/** Somebody of the organization says what became of an incident, and answers for it. */
export async function resolveIncident(
  context: PaymentsContext,
  input: ResolvePaymentIncidentInput,
): Promise<ResolutionResult> {
  const { accountId } = askingAccount(context);
  const now = context.clock();
  requireRecentSecondFactor(context.caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { incidentId, resolution, idempotencyKey: key } = input;
  if (resolution === 'NO_LONGER_SO') {
    throw refused.badInput('Please say what became of it.', { field: 'input.resolution' });
  }
  const request = { incidentId, resolution };
  const once = { actor: accountId, operation: 'resolvePaymentIncident', key, request };
  try {
    return await inOrganization(context, async (tx) => {
      const { isResolved } = await onceByKey(tx, once, () => resolve(context, tx, input));
      const [incident] = await tx.query<IncidentRow>(
        `SELECT ${INCIDENT_COLUMNS} FROM payment_incident WHERE id = $1`,
        [incidentId],
      );
      if (incident === undefined) throw refused.notFound('incident');
      return { kind: isResolved ? 'RESOLVED' : 'ENDED', incident };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
}

async function resolve(
  { caller, payments }: PaymentsContext,
  tx: Transaction,
  { incidentId, resolution }: ResolvePaymentIncidentInput,
): Promise<{ isResolved: boolean }> {
  const now = payments.clock();
  const known = await ifUuid(incidentId, () =>
    tx.query<{ kind: string; open: boolean }>(
      'SELECT kind, resolved_at IS NULL AS open FROM payment_incident WHERE id = $1 FOR UPDATE',
      [incidentId],
    ),
  );
  const [incident] = known ?? [];
  if (incident === undefined) throw refused.notFound('incident');
  if (!incident.open) return { isResolved: false };
  await tx.query(
    'UPDATE payment_incident SET resolved_at = $2, resolved_by = $3, resolution = $4 WHERE id = $1',
    [incidentId, now, caller.accountId, resolution],
  );
  await recordChange(tx, {
    actor: caller,
    action: 'payment_incident_resolved',
    subject: { type: 'payment_incident', id: incidentId },
    at: now,
    details: { kind: incident.kind, resolution },
  });
  return { isResolved: true };
}

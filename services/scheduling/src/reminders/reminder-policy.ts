import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Booking } from '../bookings/booking.ts';
import { STANDARD_POLICY, type ReminderPolicy } from './reminder-times.ts';

interface Row {
  minutes_before: number[];
  quiet_from: number;
  quiet_until: number;
}

/** What holds for a service: its own policy, else the organization's, else the standard one. */
export async function readPolicy(tx: Transaction, serviceId: string | null): Promise<ReminderPolicy> {
  const [row] = await tx.query<Row>(
    `SELECT minutes_before, quiet_from, quiet_until FROM reminder_policy
     WHERE organization_id = $1 AND (service_id = $2 OR service_id IS NULL) ORDER BY service_id NULLS LAST LIMIT 1`,
    [tx.organizationId, serviceId],
  );
  return policyOf(row);
}

function policyOf(row: Row | undefined): ReminderPolicy {
  if (!row) return STANDARD_POLICY;
  return { minutesBefore: row.minutes_before, quietFrom: row.quiet_from, quietUntil: row.quiet_until };
}

/** Writes the policy of a service, or of the whole organization (null); the one before is gone. */
export async function writePolicy(
  tx: Transaction,
  { serviceId, policy, now }: { serviceId: string | null; policy: ReminderPolicy; now: Date },
): Promise<void> {
  await tx.query(
    `INSERT INTO reminder_policy (id, organization_id, service_id, minutes_before, quiet_from, quiet_until, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT ON CONSTRAINT one_reminder_policy_per_service DO UPDATE SET minutes_before = excluded.minutes_before,
       quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, updated_at = excluded.updated_at`,
    [
      randomUUID(),
      tx.organizationId,
      serviceId,
      policy.minutesBefore,
      policy.quietFrom,
      policy.quietUntil,
      now,
    ],
  );
}

/**
 * What holds for a booking and on whose clock: the client's own where identity has told us, else the appointment's. One query
 * for both.
 */
export async function readPolicyFor(
  tx: Transaction,
  booking: Booking,
): Promise<{ policy: ReminderPolicy; timeZone: string }> {
  const [row] = await tx.query<{ zone: string | null; policy: Row | null }>(
    `SELECT (SELECT time_zone FROM client WHERE id = $3) AS zone,
       (SELECT json_build_object('minutes_before', p.minutes_before, 'quiet_from', p.quiet_from, 'quiet_until', p.quiet_until)
        FROM reminder_policy p WHERE p.organization_id = $1 AND (p.service_id = $2 OR p.service_id IS NULL)
        ORDER BY p.service_id NULLS LAST LIMIT 1) AS policy`,
    [tx.organizationId, booking.serviceId, booking.clientId],
  );
  return { policy: policyOf(row?.policy ?? undefined), timeZone: row?.zone ?? booking.timeZone };
}

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

/** On whose clock a client is reminded: their own where identity has told us, else the appointment's. */
export async function clientZone(tx: Transaction, booking: Booking): Promise<string> {
  const [client] = await tx.query<{ time_zone: string | null }>(
    'SELECT time_zone FROM client WHERE id = $1',
    [booking.clientId],
  );
  return client?.time_zone ?? booking.timeZone;
}

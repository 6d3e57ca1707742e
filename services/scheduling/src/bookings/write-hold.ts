import type { Transaction } from '@kept/database';
import type { BookedResource } from '../offers/choose-offer.ts';
import type { SlotHold } from './slot-hold.ts';

interface HoldToWrite {
  readonly hold: SlotHold;
  readonly resources: readonly BookedResource[];
  /** Locked by this name until the transaction ends; null: nothing is. */
  readonly lock: string | null;
}

/** Writes down the hold of a new booking and what it needs, and takes a lock after that: one statement for all. */
export async function writeHold(tx: Transaction, { hold, resources, lock }: HoldToWrite): Promise<void> {
  await tx.query(
    `WITH needed AS (
       INSERT INTO booking_resource (organization_id, booking_id, resource_id, kind, role)
       SELECT $1, $2, r.id, r.kind, r.role FROM unnest($3::uuid[], $4::text[], $5::text[]) AS r (id, kind, role)),
     kept AS (
       INSERT INTO slot_hold (id, organization_id, booking_id, client_id, status, expires_at, extensions, created_at)
       VALUES ($6, $1, $2, $7, $8, $9, $10, $11))
     SELECT CASE WHEN $12::text IS NOT NULL THEN pg_advisory_xact_lock(hashtextextended($12, 0)) END`,
    [
      hold.organizationId,
      hold.bookingId,
      resources.map(({ resourceId }) => resourceId),
      resources.map(({ kind }) => kind),
      resources.map(({ role }) => role),
      hold.id,
      hold.clientId,
      hold.status,
      hold.expiresAt,
      hold.extensions,
      hold.createdAt,
      lock,
    ],
  );
}

import type { Transaction } from '@kept/database';
import { publish, type ReceivedEvent } from '@kept/events';
import { byItself } from '../audit/actor.ts';
import { forgetCalendarsOf } from '../calendar-connections/disconnect-calendar.ts';
import { revokeFeedsOf } from '../calendar-feeds/revoke-calendar-feed.ts';
import { knowOrganization } from '../organizations/on-organization-created.ts';

/**
 * Somebody has left: what they were given here ends in the transaction that hears of it, and identity is told how much it
 * was. Their appointments stay as they are – a client who comes must be seen by somebody – and are counted and listed for
 * whoever gives them to somebody else (`bookings(toReassign: true)`).
 */
export async function onStaffOffboarded(
  tx: Transaction,
  { payload: { staffMemberId, offboardingId }, receivedAt: at }: ReceivedEvent<'staff.offboarded'>,
): Promise<void> {
  await knowOrganization(tx);
  const actor = byItself('staff.offboarded');
  const calendarFeeds = await revokeFeedsOf(tx, { ownerId: staffMemberId, actor, at });
  const calendarConnections = await forgetCalendarsOf(tx, { providerId: staffMemberId, actor, at });
  const links = await tx.query(
    `UPDATE manage_link SET revoked_at = $2, revoked_because = 'OFFBOARDED'
     WHERE organization_id = $3 AND made_by = $1 AND revoked_at IS NULL RETURNING id`,
    [staffMemberId, at, tx.organizationId],
  );
  const { noteKeys, sealedNotes } = await leaveNotes(tx, { staffMemberId, at });
  // Also for whoever joined and left before we heard of either: the row is there first, and stays closed.
  await tx.query(
    `INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'STAFF') ON CONFLICT (id) DO NOTHING`,
    [staffMemberId, tx.organizationId],
  );
  await tx.query(
    `INSERT INTO provider (id, organization_id, time_zone, active, left_at) VALUES ($1, $2, NULL, false, $3)
     ON CONFLICT (id) DO UPDATE SET active = false, left_at = coalesce(provider.left_at, $3)`,
    [staffMemberId, tx.organizationId, at],
  );
  await tx.query('DELETE FROM staff_places WHERE staff_member_id = $1', [staffMemberId]);
  const offers = await tx.query('DELETE FROM service_provider WHERE provider_id = $1 RETURNING service_id', [
    staffMemberId,
  ]);
  const [upcoming] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM booking WHERE provider_id = $1 AND ends_at > $2
       AND status IN ('PENDING_CONFIRMATION', 'CONFIRMED')`,
    [staffMemberId, at],
  );
  await publish(tx, 'offboarding.answered', {
    staffMemberId,
    offboardingId,
    counts: {
      calendarFeeds,
      calendarConnections,
      links: links.length,
      noteKeys,
      sealedNotes,
      offers: offers.length,
      appointmentsToReassign: upcoming?.count ?? 0,
    },
  });
}

/** Their devices read no sealed note any more; what was wrapped for them is gone. */
async function leaveNotes(
  tx: Transaction,
  { staffMemberId, at }: { staffMemberId: string; at: Date },
): Promise<{ noteKeys: number; sealedNotes: number }> {
  const keys = await tx.query<{ thumbprint: string }>(
    'UPDATE note_key SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL RETURNING thumbprint',
    [staffMemberId, at],
  );
  if (keys.length === 0) return { noteKeys: 0, sealedNotes: 0 };
  const notes = await tx.query(
    `UPDATE sealed_note SET jwe = drop_note_recipients(jwe, $2), needs_rewrap = true
     WHERE booking_id IN (SELECT id FROM booking WHERE provider_id = $1)
       AND EXISTS (SELECT FROM jsonb_array_elements(jwe -> 'recipients') r WHERE r -> 'header' ->> 'kid' = ANY ($2))
     RETURNING booking_id`,
    [staffMemberId, keys.map(({ thumbprint }) => thumbprint)],
  );
  return { noteKeys: keys.length, sealedNotes: notes.length };
}

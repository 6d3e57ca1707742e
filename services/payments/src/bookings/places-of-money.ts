import { refused } from '@kept/subgraph-kit';
import { inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';

// Each finds the appointment that something was paid for, or is owed for.
const BOOKING_OF = {
  booking: '$1',
  payment: '(SELECT p.booking_id FROM payment p WHERE p.id = $1)',
  fee: '(SELECT f.booking_id FROM fee f WHERE f.id = $1)',
} as const;

/**
 * Asked before money is moved: whoever is limited to places knows of no payment and no fee for appointments elsewhere, nor for what is
 * of no place, such as a pass.
 */
export async function demandMoneyOfTheirs(
  context: PaymentsContext,
  { what, id }: { what: keyof typeof BOOKING_OF; id: string },
): Promise<void> {
  const { locations, accountId } = context.caller;
  if (locations === null) return;
  const theirs = await ifUuid(id, () =>
    inOrganization(context, (tx) =>
      tx.query(
        `SELECT 1 FROM booking_reference b
         WHERE b.booking_id = ${BOOKING_OF[what]} AND (b.location_id = ANY ($2::uuid[]) OR b.provider_id = $3)`,
        [id, locations, accountId],
      ),
    ),
  );
  if (theirs === null || theirs.length === 0) throw refused.notFound(what);
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { Actor } from '../audit/actor.ts';
import { localDay } from '../availability/engine/working-time.ts';
import { MINUTES_PER_DAY, openZone } from '../availability/engine/zone.ts';
import type { PassProduct } from './pass-product.ts';

interface Granting {
  readonly product: PassProduct;
  readonly clientId: string;
  /** A member of staff, or the purchase it was bought by (`a_pass_is_granted_by_somebody_or_bought`). */
  readonly from: { readonly grantedBy: string | null } | { readonly purchaseId: string };
  readonly actor: Actor;
  readonly now: Date;
}

/** Writes a client's pass, valid through so many days on the calendar of the business. */
export async function writePass(
  tx: Transaction,
  { product, clientId, from, actor, now }: Granting,
): Promise<{ id: string; validUntil: Date }> {
  const timeZone = await zoneOfBusiness(tx);
  const id = randomUUID();
  const validUntil = endOfValidity({ now, timeZone, days: product.validityDays });
  const [grantedBy, purchaseId] = 'purchaseId' in from ? [null, from.purchaseId] : [from.grantedBy, null];
  await tx.query(
    `INSERT INTO pass (id, organization_id, client_id, product_id, credits, used, time_zone, valid_until,
       granted_by, granted_at, purchase_id)
     VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)`,
    [
      id,
      tx.organizationId,
      clientId,
      product.id,
      product.credits,
      timeZone,
      validUntil,
      grantedBy,
      now,
      purchaseId,
    ],
  );
  await recordChange(tx, {
    actor,
    action: 'pass_granted',
    subject: { type: 'Pass', id },
    dataSubjectId: clientId,
    at: now,
    details: { credits: String(product.credits) },
  });
  return { id, validUntil };
}

/** Local midnight after the last day; days are those of the calendar, however long the clocks make them. */
export function endOfValidity(granted: { now: Date; timeZone: string; days: number }): Date {
  const zone = openZone(granted.timeZone);
  const day = localDay(zone, Math.floor(granted.now.getTime() / 60_000)) + granted.days + 1;
  return new Date(zone.instantOf(day * MINUTES_PER_DAY) * 60_000);
}

async function zoneOfBusiness(tx: Transaction): Promise<string> {
  const [profile] = await tx.query<{ time_zone: string }>('SELECT time_zone FROM organization_profile');
  if (profile === undefined)
    throw refused.unavailable('Your organization is still being set up. Please try again.');
  return profile.time_zone;
}

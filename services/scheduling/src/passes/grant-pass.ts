import { randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { localDay } from '../availability/engine/working-time.ts';
import { MINUTES_PER_DAY, openZone } from '../availability/engine/zone.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { GrantPassInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findPass, type Pass } from './pass.ts';
import { findProduct } from './pass-product.ts';

interface PassGranted {
  __typename: 'PassGranted';
  pass: Pass | null;
}

/** Gives a client a pass, valid through so many days on the calendar of the business. */
export function grantPass(context: SchedulingContext, input: GrantPassInput) {
  const productId = readId(input.productId, 'productId');
  const clientId = readId(input.clientId, 'clientId');
  const { caller } = context;
  return settle<PassGranted, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'grantPass',
        key: input.idempotencyKey,
        request: { productId, clientId },
      };
      const { passId } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const product = await findProduct(tx, productId);
        if (product === null || !product.active) throw refused.notFound('pass product');
        const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [clientId]);
        if (known === undefined) throw refused.notFound('client');
        const timeZone = await zoneOfBusiness(tx);
        const id = randomUUID();
        await tx.query(
          `INSERT INTO pass (id, organization_id, client_id, product_id, credits, used, time_zone, valid_until,
             granted_by, granted_at)
           VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9)`,
          [
            id,
            tx.organizationId,
            clientId,
            productId,
            product.credits,
            timeZone,
            endOfValidity({ now, timeZone, days: product.validityDays }),
            caller.accountId,
            now,
          ],
        );
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'pass_granted',
          subject: { type: 'Pass', id },
          dataSubjectId: clientId,
          at: now,
          details: { credits: String(product.credits) },
        });
        return { passId: id };
      });
      return { __typename: 'PassGranted', pass: await findPass(tx, passId) };
    }),
  );
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

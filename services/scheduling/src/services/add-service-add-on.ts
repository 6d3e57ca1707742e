import { randomUUID } from 'node:crypto';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import type { AddServiceAddOnInput } from '../schema-types.ts';
import { demandRoom } from './add-service-variant.ts';
import { changeService } from './change-service.ts';
import { readName } from './read-service-terms.ts';

/** Offers something that can be added to a service, at most once each. */
export function addServiceAddOn(context: SchedulingContext, input: AddServiceAddOnInput) {
  const addOn = {
    name: readName(input.name),
    extraMinutes: readCount(input.extraMinutes, { field: 'extraMinutes', min: 0, max: 480 }),
    extraPriceMinor: readCount(input.extraPriceMinor, {
      field: 'extraPriceMinor',
      min: 0,
      max: 1_000_000_000,
    }),
  };
  return changeService(context, {
    operation: 'addServiceAddOn',
    action: 'service_add_on_added',
    input,
    request: addOn,
    apply: async (tx, service) => {
      await demandRoom(tx, 'service_add_on', service.id);
      await tx.query(
        `INSERT INTO service_add_on (id, organization_id, service_id, name, extra_minutes, extra_price_minor, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, true, $7)`,
        [
          randomUUID(),
          tx.organizationId,
          service.id,
          addOn.name,
          addOn.extraMinutes,
          addOn.extraPriceMinor,
          context.clock(),
        ],
      );
    },
  });
}

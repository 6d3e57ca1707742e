import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import type { AddServiceVariantInput } from '../schema-types.ts';
import { changeService } from './change-service.ts';
import { readName } from './read-service-terms.ts';

const PRICE_MAX = 1_000_000_000_000;
export const CHOICES_MAX = 50;

/** Offers another length and price of a service. */
export function addServiceVariant(context: SchedulingContext, input: AddServiceVariantInput) {
  const { depositMinor = null } = input;
  const priceMinor = readCount(input.priceMinor, { field: 'priceMinor', min: 0, max: PRICE_MAX });
  const variant = {
    name: readName(input.name),
    durationMinutes: readCount(input.durationMinutes, { field: 'durationMinutes', min: 5, max: 1440 }),
    priceMinor,
    depositMinor:
      depositMinor === null
        ? null
        : readCount(depositMinor, { field: 'depositMinor', min: 1, max: priceMinor }),
  };
  return changeService(context, {
    operation: 'addServiceVariant',
    action: 'service_variant_added',
    input,
    request: variant,
    apply: async (tx, service) => {
      await demandRoom(tx, 'service_variant', service.id);
      await tx.query(
        `INSERT INTO service_variant (id, organization_id, service_id, name, duration_minutes, price_minor, deposit_minor, active, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, true, $8)`,
        [
          randomUUID(),
          tx.organizationId,
          service.id,
          variant.name,
          variant.durationMinutes,
          variant.priceMinor,
          variant.depositMinor,
          context.clock(),
        ],
      );
    },
  });
}

/** Nobody can choose among more than this. */
export async function demandRoom(
  tx: Transaction,
  table: 'service_variant' | 'service_add_on',
  serviceId: string,
): Promise<void> {
  const rows = await tx.query(`SELECT FROM ${table} WHERE service_id = $1 AND active`, [serviceId]);
  if (rows.length >= CHOICES_MAX) {
    throw refused.badInput(`A service has at most ${CHOICES_MAX} of them; please archive one first.`);
  }
}

import { randomUUID } from 'node:crypto';
import { constraintOf, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readCount, readId, readText } from '../input.ts';
import type { CreateServiceInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { Service } from './service.ts';

const PROVIDERS_MAX = 200;

/** Offers a new service, in the organization's currency, by the providers named. */
export function createService(context: SchedulingContext, input: CreateServiceInput) {
  const asked = readRequest(input);
  const { caller } = context;
  return settle<{ __typename: 'ServiceCreated'; service: Service }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'createService',
        key: input.idempotencyKey,
      };
      const { serviceId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        const { providerIds, ...terms } = asked;
        const service = { ...terms, id: randomUUID(), organizationId: caller.organizationId ?? '' };
        const currency = await currencyOf(tx);
        await tx.manager.insert(Service, { ...service, currency, active: true, createdAt: now });
        await offer(tx, service.id, providerIds);
        await recordChange(tx, {
          actor: caller,
          action: 'service_created',
          subject: { type: 'Service', id: service.id },
          at: now,
        });
        return { serviceId: service.id };
      });
      const service = await tx.manager.findOneOrFail(Service, { where: { id: serviceId } });
      return { __typename: 'ServiceCreated', service };
    }),
  );
}

function readRequest(input: CreateServiceInput) {
  const name = readText(input.name, { field: 'name', lengthMax: 200 });
  if (name === null) throw refused.badInput('Please give the service a name.', { field: 'name' });
  // The name stands in messages, which carry no addresses.
  if (name.includes('@')) throw refused.badInput('The name may not hold an "@".', { field: 'name' });
  if (input.providerIds.length > PROVIDERS_MAX) {
    throw refused.badInput(`Please name at most ${PROVIDERS_MAX} providers.`, { field: 'providerIds' });
  }
  const count = (field: keyof CreateServiceInput, min: number, max: number): number =>
    readCount(Number(input[field]), { field, min, max });
  return {
    name,
    description: readText(input.description, { field: 'description', lengthMax: 4000 }) ?? '',
    durationMinutes: count('durationMinutes', 5, 1440),
    priceMinor: count('priceMinor', 0, 1_000_000_000_000),
    depositMinor: input.depositMinor == null ? null : count('depositMinor', 1, input.priceMinor),
    bufferBeforeMinutes: count('bufferBeforeMinutes', 0, 480),
    bufferAfterMinutes: count('bufferAfterMinutes', 0, 480),
    minimumLeadMinutes: count('minimumLeadMinutes', 0, 525_600),
    maximumAdvanceMinutes: count('maximumAdvanceMinutes', 1, 1_051_200),
    slotIntervalMinutes: count('slotIntervalMinutes', 5, 1440),
    cancellationWindowMinutes: count('cancellationWindowMinutes', 0, 525_600),
    rescheduleWindowMinutes: count('rescheduleWindowMinutes', 0, 525_600),
    reschedulesMax: count('reschedulesMax', 0, 100),
    providerIds: [...new Set(input.providerIds.map((id) => readId(id, 'providerIds')))],
  };
}

async function currencyOf(tx: Transaction): Promise<string> {
  const [profile] = await tx.query<{ currency: string }>('SELECT currency FROM organization_profile');
  if (profile === undefined)
    throw refused.unavailable('Your organization is still being set up. Please try again.');
  return profile.currency;
}

async function offer(tx: Transaction, serviceId: string, providerIds: readonly string[]): Promise<void> {
  try {
    await tx.query(
      `INSERT INTO service_provider (organization_id, service_id, provider_id)
       SELECT $1, $2, unnest($3::uuid[])`,
      [tx.organizationId, serviceId, providerIds],
    );
  } catch (error) {
    if (constraintOf(error) === 'offering_provider_is_ours') throw refused.notFound('provider');
    throw error;
  }
}

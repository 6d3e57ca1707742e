import { refused } from '@kept/subgraph-kit';
import { readCount, readId, readText } from '../input.ts';
import type { FeeInput, UpdateServiceInput } from '../schema-types.ts';
import type { Service } from './service.ts';

const COUNTS = {
  durationMinutes: [5, 1440],
  priceMinor: [0, 1_000_000_000_000],
  bufferBeforeMinutes: [0, 480],
  bufferAfterMinutes: [0, 480],
  minimumLeadMinutes: [0, 525_600],
  maximumAdvanceMinutes: [1, 1_051_200],
  slotIntervalMinutes: [5, 1440],
  cancellationWindowMinutes: [0, 525_600],
  rescheduleWindowMinutes: [0, 525_600],
  reschedulesMax: [0, 100],
  capacity: [1, 500],
  fairnessWindowDays: [1, 366],
} as const;
const PRICE_MAX = 1_000_000_000_000;

type Given = Omit<UpdateServiceInput, 'serviceId' | 'expectedVersion' | 'idempotencyKey'>;
export type ServiceTerms = Omit<
  Service,
  'id' | 'organizationId' | 'currency' | 'version' | 'active' | 'createdAt'
>;

/** What was given of a service, checked; what was left out is not there. */
export function readServiceTerms(given: Given): Partial<ServiceTerms> {
  const terms: Partial<ServiceTerms> = {};
  for (const [field, [min, max]] of Object.entries(COUNTS)) {
    const value = given[field as keyof typeof COUNTS];
    if (value != null) terms[field as keyof typeof COUNTS] = readCount(value, { field, min, max });
  }
  if (given.name != null) terms.name = readName(given.name);
  if (given.description != null) {
    terms.description = readText(given.description, { field: 'description', lengthMax: 4000 }) ?? '';
  }
  if (given.depositMinor !== undefined) {
    const field = 'depositMinor';
    const { depositMinor } = given;
    terms.depositMinor =
      depositMinor === null ? null : readCount(depositMinor, { field, min: 1, max: PRICE_MAX });
  }
  if (given.approvalRequired != null) terms.approvalRequired = given.approvalRequired;
  if (given.anonymousRequests != null) terms.anonymousRequests = given.anonymousRequests;
  if (given.providerChoice != null) terms.providerChoice = given.providerChoice;
  if (given.providersNeeded !== undefined) {
    const field = 'providersNeeded';
    const { providersNeeded } = given;
    terms.providersNeeded =
      providersNeeded === null ? null : readCount(providersNeeded, { field, min: 2, max: 20 });
  }
  if (given.noShowFee !== undefined) {
    const fee = readFee(given.noShowFee, 'noShowFee');
    Object.assign(terms, { noShowFeePercent: fee.percent, noShowFeeMinor: fee.amountMinor });
  }
  if (given.lateCancellationFee !== undefined) {
    const fee = readFee(given.lateCancellationFee, 'lateCancellationFee');
    Object.assign(terms, {
      lateCancellationFeePercent: fee.percent,
      lateCancellationFeeMinor: fee.amountMinor,
    });
  }
  return terms;
}

/** The name of something that is offered. It stands in messages, which carry no addresses. */
export function readName(value: string, field = 'name'): string {
  const name = readText(value, { field, lengthMax: 200 });
  if (name === null) throw refused.badInput(`Please say what it is called: "${field}".`, { field });
  if (name.includes('@')) throw refused.badInput(`"${field}" may not hold an "@".`, { field });
  return name;
}

function readFee(
  fee: FeeInput | null,
  field: string,
): { percent: number | null; amountMinor: number | null } {
  const percent = fee?.percent ?? null;
  const amountMinor = fee?.amountMinor ?? null;
  if (fee !== null && (percent === null) === (amountMinor === null)) {
    throw refused.badInput(`"${field}" is either a percentage or an amount.`, { field });
  }
  if (percent !== null) readCount(percent, { field: `${field}.percent`, min: 1, max: 100 });
  if (amountMinor !== null) readCount(amountMinor, { field: `${field}.amountMinor`, min: 1, max: PRICE_MAX });
  return { percent, amountMinor };
}

/** What holds between the parts of a service; asked of the whole, so that an update cannot pass by. */
export function demandSound(service: ServiceTerms): void {
  const { priceMinor } = service;
  const parts = {
    depositMinor: service.depositMinor,
    noShowFee: service.noShowFeeMinor,
    lateCancellationFee: service.lateCancellationFeeMinor,
  };
  for (const [field, amount] of Object.entries(parts)) {
    if (amount !== null && amount > priceMinor) {
      throw refused.badInput(`"${field}" may not be more than the price.`, { field });
    }
  }
  if (service.providersNeeded !== null && service.providerChoice !== 'COLLECTIVE') {
    throw refused.badInput('Only a collective service says how many providers it needs.', {
      field: 'providersNeeded',
    });
  }
}

/** Ids without repetition, at most so many. */
export function readIds(
  values: readonly string[],
  { field, countMax }: { field: string; countMax: number },
): string[] {
  if (values.length > countMax) {
    throw refused.badInput(`"${field}" may name at most ${countMax}.`, { field });
  }
  return [...new Set(values.map((id) => readId(id, field)))];
}

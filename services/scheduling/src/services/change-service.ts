import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import { settle, type NotDone } from '../settle.ts';
import { demandManaging } from './offer.policy.ts';
import { Service } from './service.ts';

export interface ServiceChanged {
  __typename: 'ServiceChanged';
  service: Service;
}

interface Change<Refusal extends { __typename: string }> {
  /** The mutation, for its idempotency keys. */
  readonly operation: string;
  /** What the audit calls it. */
  readonly action: string;
  readonly input: { serviceId: string; expectedVersion: number; idempotencyKey: string };
  /** What was asked, checked: the same key must bring the same. */
  readonly request: unknown;
  /** The change itself, with the service locked. It may refuse, and then nothing is done. */
  readonly apply: (
    tx: Transaction,
    service: Service,
    notDone: (outcome: Refusal) => NotDone<Refusal | VersionConflict>,
  ) => Promise<void>;
}

/** Everybody may read what is offered; the version is told so that a manager does not undo another's change. */
export function offerChanged(currentVersion: number): VersionConflict {
  return {
    __typename: 'VersionConflict',
    message: 'Somebody changed this in the meantime. Please look at it again.',
    currentVersion,
  };
}

/** One change of a service or of what belongs to it: by a manager, once per key, from the version that was read. */
export function changeService<Refusal extends { __typename: string } = never>(
  context: SchedulingContext,
  { operation, action, input, request, apply }: Change<Refusal>,
) {
  const id = readId(input.serviceId, 'serviceId');
  const { caller } = context;
  const { expectedVersion } = input;
  return settle<ServiceChanged, Refusal | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      demandManaging(context, 'Service');
      const asked = { actor: caller.accountId ?? '', operation, key: input.idempotencyKey };
      await onceByKey(tx, { ...asked, request: { id, expectedVersion, request } }, async () => {
        const service = await tx.manager.findOne(Service, {
          where: { id },
          lock: { mode: 'pessimistic_write' },
        });
        if (service === null) throw refused.notFound('service');
        if (service.version !== expectedVersion) throw notDone(offerChanged(service.version));
        await apply(tx, service, notDone);
        await tx.manager.increment(Service, { id }, 'version', 1);
        await recordChange(tx, {
          actor: caller,
          action,
          subject: { type: 'Service', id },
          at: context.clock(),
          details: { version: String(expectedVersion + 1) },
        });
        return { serviceId: id };
      });
      return {
        __typename: 'ServiceChanged',
        service: await tx.manager.findOneOrFail(Service, { where: { id } }),
      };
    }),
  );
}

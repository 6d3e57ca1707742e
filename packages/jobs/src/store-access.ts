import { withinDeadline } from './deadline.ts';
import { CarrierUnavailable } from './errors.ts';
import type { Lane } from './job.ts';
import type { Outage } from './outage.ts';
import type { CarrierQueue, Transport } from './transport.ts';

/** The one way to a queue: opened when first needed, one deadline, one kind of error. */
export interface StoreAccess {
  ask<T>(what: (queue: CarrierQueue) => Promise<T>, lane: Lane, of?: string): Promise<T>;
  /** Refuses from now on. */
  shut(): void;
  closeQueues(): Promise<void>;
}

interface Parts {
  transport: Transport;
  outage: Outage;
  service: string;
  timeoutMs: number;
}

export function openStoreAccess({ transport, outage, service, timeoutMs }: Parts): StoreAccess {
  const queues = new Map<string, CarrierQueue>();
  let isShut = false;

  const queueOf = async (lane: Lane, of: string): Promise<CarrierQueue> => {
    if (isShut) throw new CarrierUnavailable('The queue is closed: the service is stopping.');
    // Only then: BullMQ keeps what it is given while the store is away, and floods it afterwards.
    await transport.ready(timeoutMs);
    const key = `${of} ${lane}`;
    let queue = queues.get(key);
    if (!queue) {
      queue = transport.openQueue({ service: of, lane });
      queue.on('error', (error) => outage.failed(error));
      queues.set(key, queue);
    }
    return queue;
  };

  return {
    async ask(what, lane, of = service) {
      const tooLate = (): Error =>
        new CarrierUnavailable(`The queue (${transport.place}) did not answer within ${timeoutMs} ms.`);
      try {
        const queue = await queueOf(lane, of);
        return await withinDeadline(what(queue), timeoutMs, tooLate);
      } catch (error) {
        if (!isShut) outage.failed(error);
        if (error instanceof CarrierUnavailable) throw error;
        throw new CarrierUnavailable(`The queue (${transport.place}) refused.`, { cause: error });
      }
    },
    shut() {
      isShut = true;
    },
    async closeQueues() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

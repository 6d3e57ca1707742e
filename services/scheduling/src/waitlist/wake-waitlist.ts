import type { Carrier } from '@kept/jobs';
import type { Clock, Logger } from '@kept/subgraph-kit';
import type { Scheduling } from '../scheduling.ts';
import { offerTimes } from './offer-free-times.job.ts';

/** A hint only: when the queue does not take it, the sweep finds what is free and who waits. */
export function wakeWaitlistThrough(
  carrier: Carrier,
  { clock, log }: { clock: Clock; log: Logger },
): Scheduling['wakeWaitlist'] {
  return ({ organizationId, at, around }) => {
    const data = {
      organizationId,
      around: around && { from: around.from.toISOString(), to: around.to.toISOString() },
    };
    const delayMs = Math.max(0, at.getTime() - clock().getTime());
    carrier.enqueue(offerTimes, data, { delayMs }).catch((error: unknown) => {
      log.warn({ err: error, organizationId }, 'nobody was told that a time is free; the sweep will find it');
    });
  };
}

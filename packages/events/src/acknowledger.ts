import type { Carrier } from '@kept/jobs';
import { sealAcknowledgement } from './envelope.ts';
import { acknowledgeJob } from './event-jobs.ts';
import type { KeyLike } from './keys.ts';
import type { ServiceName } from './services.ts';

/** Tells publishers what is done, many events in one signed letter: a job each would double the load on the queue. */
export interface Acknowledger {
  done(publisher: ServiceName, eventId: string): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}

const GATHER_MS = 25;
const LETTER_MAX = 200;

export function openAcknowledger(parts: {
  carrier: Carrier;
  service: ServiceName;
  signingKey: KeyLike;
}): Acknowledger {
  const { carrier, service, signingKey } = parts;
  const gathered = new Map<ServiceName, string[]>();
  const sending = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;

  const send = (publisher: ServiceName, eventIds: string[]): void => {
    const letter = sealAcknowledgement({ v: 1, consumer: service, eventIds }, signingKey);
    // Should it get lost, the event comes again, is recognised and acknowledged again; the carrier has said what is wrong.
    const sent = carrier
      .enqueueMany(acknowledgeJob, [{ data: letter }], { service: publisher })
      .catch(() => undefined)
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const [publisher, eventIds] of gathered) send(publisher, eventIds);
    gathered.clear();
  };

  return {
    done(publisher, eventId) {
      const eventIds = gathered.get(publisher) ?? [];
      gathered.set(publisher, [...eventIds, eventId]);
      if (eventIds.length + 1 >= LETTER_MAX) flush();
      else timer ??= setTimeout(flush, GATHER_MS);
    },
    async stop() {
      flush();
      await Promise.all(sending);
    },
  };
}

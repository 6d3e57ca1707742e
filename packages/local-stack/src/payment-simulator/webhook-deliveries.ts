import { Stripe } from 'stripe';

import type { FaultPlan, WebhookFault } from './faults.ts';
import { WEBHOOK_FAULTS } from './faults.ts';
import type { SimulatorState } from './simulator-state.ts';
import type { Event } from './wire-objects.ts';

/** Stripe retries for days; a development machine wants to know within a minute. */
const RETRY_AFTER_MS = [200, 1_000, 3_000, 10_000, 30_000];
const TIMEOUT_MS = 10_000;
const DAY_SECONDS = 24 * 3600;

export interface WebhookDeliveries {
  deliver(event: Event): void;
  stop(): Promise<void>;
}

interface Options {
  url: string | undefined;
  secret: string;
  state: SimulatorState;
  faults: FaultPlan;
  log: { warn(detail: object, message: string): void };
}

/** Sends each event to the configured address, signed as Stripe signs, and again until it is accepted. */
export function openWebhookDeliveries({ url, secret, state, faults, log }: Options): WebhookDeliveries {
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let heldBack: Event | undefined;
  let stopped = false;

  const later = (milliseconds: number, work: () => void) => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
  };

  const attempt = async (event: Event, fault: WebhookFault | undefined, attemptNumber: number) => {
    if (url === undefined || stopped) return;
    const accepted = await post(url, event, signatureOf(event, { secret, now: state.now(), fault }));
    if (accepted) {
      event.pending_webhooks = 0;
      state.save();
      return;
    }
    const wait = RETRY_AFTER_MS[attemptNumber];
    if (wait === undefined) {
      log.warn(
        { eventId: event.id, type: event.type },
        'webhook not accepted, given up until the next start',
      );
      return;
    }
    // A forged or misdated delivery is a single attack; what follows is the true event.
    later(wait, () => start(event, undefined, attemptNumber + 1));
  };

  const start = (event: Event, fault?: WebhookFault, attemptNumber = 0) => {
    const work = attempt(event, fault, attemptNumber).finally(() => running.delete(work));
    running.add(work);
  };

  const deliver = (event: Event) => {
    const fault = faults.take(WEBHOOK_FAULTS, event.type);
    if (fault?.kind === 'webhook_lost') return;
    if (fault?.kind === 'webhook_late') return later(fault.milliseconds, () => start(event));
    if (fault?.kind === 'webhook_reorder' && heldBack === undefined) {
      heldBack = event;
      // Nothing may follow: then it is only late.
      return later(fault.milliseconds, () => releaseHeldBack());
    }
    start(event, fault?.kind);
    if (fault?.kind === 'webhook_duplicate') start(event);
    releaseHeldBack();
  };

  const releaseHeldBack = () => {
    if (heldBack !== undefined) start(heldBack);
    heldBack = undefined;
  };

  for (const event of state.tables.events) if (event.pending_webhooks > 0) later(500, () => start(event));
  return {
    deliver: (event) => (url === undefined ? undefined : deliver(event)),
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
}

const bodyOf = (event: Event): string => JSON.stringify(event, null, 2);

function signatureOf(
  event: Event,
  { secret, now, fault }: { secret: string; now: number; fault: WebhookFault | undefined },
): string {
  const shift = { webhook_future_dated: DAY_SECONDS, webhook_stale: -DAY_SECONDS };
  const timestamp = fault === 'webhook_future_dated' || fault === 'webhook_stale' ? now + shift[fault] : now;
  return Stripe.webhooks.generateTestHeaderString({
    payload: bodyOf(event),
    secret: fault === 'webhook_forged' ? 'whsec_of_somebody_else' : secret,
    timestamp,
  });
}

async function post(url: string, event: Event, signature: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body: bodyOf(event),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status >= 200 && response.status < 300;
  } catch {
    // Nobody listens yet, or it took too long: the same as a refusal, tried again.
    return false;
  }
}

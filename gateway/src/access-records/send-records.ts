import { randomUUID } from 'node:crypto';
import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import type { Clock, Logger } from '@kept/subgraph-kit';
import { Pool } from 'undici';
import { gatewayCaller } from '../private-routes/gateway-caller.ts';
import { writeBatch } from './access-record.ts';
import type { RecordBuffer } from './record-buffer.ts';

export interface SenderOptions {
  readonly buffer: RecordBuffer;
  /** The address of compliance; only its origin counts. */
  readonly url: string;
  readonly key: PassportKey;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called before each look into the buffer. */
  readonly beforeEach?: () => void;
  /** Default one second; tests are in a hurry. */
  readonly everyMs?: number;
}

/** Carries records to compliance, batch by batch, for as long as there are any. */
export interface Sender {
  readonly counters: Readonly<{ sent: number; refused: number; failures: number }>;
  /** There is enough for a batch: no need to wait for the second to pass. */
  nudge(): void;
  /** Sends what is left, as far as there is time, and stops. */
  stop(): Promise<void>;
}

export const BATCH = { recordsMax: 200, weightMax: 4_000 };
const EVERY_MS = 1_000;
const BACKOFF_MS_MAX = 30_000;
const ANSWER_MS_MAX = 10_000;
const DRAIN_MS_MAX = 5_000;
const OPERATION = 'access-records';

/**
 * Sends what is in the buffer about once a second. A batch keeps its id and its content until compliance has said that it
 * is stored: an answer that was lost is asked for again, and compliance stores each record once.
 */
export function openSender(options: SenderOptions): Sender {
  const { buffer, key, clock, log, everyMs = EVERY_MS } = options;
  const pool = new Pool(new URL(options.url).origin, { connections: 2, connect: { timeout: 2_000 } });
  const counters = { sent: 0, refused: 0, failures: 0 };
  let waiting: { body: string; records: number } | undefined;
  let failuresInARow = 0;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const post = async (body: string): Promise<number> => {
    const caller = gatewayCaller(OPERATION);
    const response = await pool.request({
      path: '/access-records',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [PASSPORT_HEADER]: signPassport({ caller, service: 'compliance', body, key, now: clock() }),
      },
      body,
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: ANSWER_MS_MAX,
    });
    await response.body.dump();
    return response.statusCode;
  };
  /** True when there may be more to send at once. */
  const sendOne = async (): Promise<boolean> => {
    if (!waiting) {
      const records = buffer.take(BATCH);
      if (records.length === 0) return false;
      waiting = { body: writeBatch(randomUUID(), records), records: records.length };
    }
    const { records } = waiting;
    const status = await post(waiting.body);
    if (status === 200) counters.sent += records;
    // It would be refused again, and hold up all others: said loudly, and given up.
    else if (status === 400 || status === 413) {
      counters.refused += records;
      log.error({ records, status }, 'access records were refused and are lost');
    } else throw new Error(`compliance answered ${status}`);
    waiting = undefined;
    return true;
  };
  const sendAll = async (until: number): Promise<void> => {
    try {
      while ((await sendOne()) && performance.now() < until);
      failuresInARow = 0;
    } catch (error) {
      counters.failures += 1;
      failuresInARow += 1;
      const reason = error instanceof Error ? error.message : typeof error;
      if (failuresInARow === 1)
        log.warn({ reason, waiting: buffer.size }, 'access records wait for compliance');
    }
  };
  const schedule = (afterMs: number) => {
    if (stopping || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      options.beforeEach?.();
      running = sendAll(performance.now() + BACKOFF_MS_MAX).finally(() => schedule(pauseMs()));
    }, afterMs);
    timer.unref();
  };
  // Apart from each other, or all gateways would come back in the same moment.
  const pauseMs = () =>
    failuresInARow === 0
      ? everyMs
      : Math.min(BACKOFF_MS_MAX, everyMs * 2 ** failuresInARow) * (0.5 + Math.random() / 2);
  schedule(everyMs);
  return {
    counters,
    nudge() {
      if (!timer || failuresInARow > 0 || stopping) return;
      clearTimeout(timer);
      timer = undefined;
      schedule(0);
    },
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await running;
      await sendAll(performance.now() + DRAIN_MS_MAX);
      const lost = buffer.size + (waiting?.records ?? 0);
      if (lost > 0) log.error({ lost }, 'access records could not be handed over before the stop');
      await pool.destroy();
    },
  };
}

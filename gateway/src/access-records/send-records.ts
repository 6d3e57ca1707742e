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
  readonly everyMs?: number | undefined;
  /** How long a stop may take, whether compliance answers or not; default four seconds. */
  readonly drainMs?: number;
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
const CONNECT_MS_MAX = 2_000;
const ANSWER_MS_MAX = 10_000;
// With the fifteen seconds of the edge before it, within the twenty that a process has for its stop.
const DRAIN_MS_MAX = 4_000;
const OPERATION = 'access-records';

/**
 * Sends what is in the buffer about once a second. A batch keeps its id and its content until compliance has said that it
 * is stored: an answer that was lost is asked for again, and compliance stores each record once.
 */
export const openSender = (options: SenderOptions): Sender => new Carrier(options);

class Carrier implements Sender {
  readonly counters = { sent: 0, refused: 0, failures: 0 };
  readonly #options: SenderOptions;
  readonly #pool: Pool;
  #waiting: { readonly body: string; readonly records: number } | undefined;
  #failuresInARow = 0;
  #stopping = false;
  #stopAt = Infinity;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
    const { origin } = new URL(options.url);
    this.#pool = new Pool(origin, { connections: 2, connect: { timeout: CONNECT_MS_MAX } });
    this.#schedule(this.#pauseMs());
  }

  nudge(): void {
    if (!this.#timer || this.#failuresInARow > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    const { drainMs = DRAIN_MS_MAX } = this.#options;
    this.#stopping = true;
    this.#stopAt = performance.now() + drainMs;
    clearTimeout(this.#timer);
    // A compliance that takes a batch and does not answer would hold up the stop for as long as an answer may take, twice.
    const hangUp = setTimeout(() => void this.#pool.destroy(), drainMs);
    await this.#running;
    await this.#sendAll(this.#stopAt);
    clearTimeout(hangUp);
    const lost = this.#options.buffer.size + (this.#waiting?.records ?? 0);
    if (lost > 0)
      this.#options.log.error({ lost }, 'access records could not be handed over before the stop');
    await this.#pool.destroy();
  }

  #schedule(afterMs: number): void {
    if (this.#stopping || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#options.beforeEach?.();
      const sending = this.#sendAll(performance.now() + BACKOFF_MS_MAX);
      this.#running = sending.finally(() => this.#schedule(this.#pauseMs()));
    }, afterMs);
    this.#timer.unref();
  }

  #pauseMs(): number {
    const { everyMs = EVERY_MS } = this.#options;
    if (this.#failuresInARow === 0) return everyMs;
    // Apart from each other, or all gateways would come back in the same moment.
    return Math.min(BACKOFF_MS_MAX, everyMs * 2 ** this.#failuresInARow) * (0.5 + Math.random() / 2);
  }

  async #sendAll(until: number): Promise<void> {
    try {
      while ((await this.#sendOne()) && performance.now() < Math.min(until, this.#stopAt));
      this.#failuresInARow = 0;
    } catch (error) {
      this.counters.failures += 1;
      this.#failuresInARow += 1;
      const reason = error instanceof Error ? error.message : typeof error;
      const { log, buffer } = this.#options;
      if (this.#failuresInARow === 1)
        log.warn({ reason, waiting: buffer.size }, 'access records wait for compliance');
    }
  }

  /** True when there may be more to send at once. */
  async #sendOne(): Promise<boolean> {
    if (!this.#waiting) {
      const taken = this.#options.buffer.take(BATCH);
      if (taken.length === 0) return false;
      this.#waiting = { body: writeBatch(randomUUID(), taken), records: taken.length };
    }
    const { records, body } = this.#waiting;
    const status = await this.#post(body);
    if (status === 200) this.counters.sent += records;
    // It would be refused again, and hold up all others: said loudly, and given up.
    else if (status === 400 || status === 413) {
      this.counters.refused += records;
      this.#options.log.error({ records, status }, 'access records were refused and are lost');
    } else throw new Error(`compliance answered ${status}`);
    this.#waiting = undefined;
    return true;
  }

  async #post(body: string): Promise<number> {
    const { key, clock } = this.#options;
    const caller = gatewayCaller(OPERATION);
    const passport = signPassport({ caller, service: 'compliance', body, key, now: clock() });
    const response = await this.#pool.request({
      path: '/access-records',
      method: 'POST',
      headers: { 'content-type': 'application/json', [PASSPORT_HEADER]: passport },
      body,
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: ANSWER_MS_MAX,
    });
    await response.body.dump();
    return response.statusCode;
  }
}

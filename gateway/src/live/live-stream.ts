import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fault, type Logger } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import { readCaller } from '../authenticate/caller.ts';
import {
  admitOperation,
  executeAdmitted,
  REQUEST_ID_HEADER,
  type AdmittedOperation,
  type Desk,
} from '../edge/answer-operation.ts';
import { presentRefusal, presentResult } from '../edge/present-answer.ts';
import type { Place } from '../limits/place.ts';
import { openEventWriter, type EventWriter } from './event-writer.ts';
import { openPace, type Pace } from './pace.ts';
import type { LiveSettings } from './settings.ts';
import type { Turns } from './turns.ts';

export interface LiveRequest {
  readonly desk: Desk;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
}

interface StreamOptions extends LiveRequest {
  readonly settings: LiveSettings;
  readonly turns: Turns;
  readonly log: Logger;
  readonly onEnd: (stream: LiveStream) => void;
}

/** What one execution gave, not yet sent. */
interface Given {
  readonly admitted: AdmittedOperation;
  readonly result: ExecutionResult;
  readonly json: string;
}

/**
 * A query that is asked again when something has changed, each time as if it had just come: the same envelope through
 * the same admission, limits, authorization and record (gateway A22). What it would answer a second time is not sent.
 */
export class LiveStream {
  readonly #options: StreamOptions;
  readonly #gone = new AbortController();
  readonly #openedAt = performance.now();
  readonly #pace: Pace;
  #admitted: AdmittedOperation;
  #writer: EventWriter | undefined;
  #sentHash = '';
  #heldBack = false;
  #changed = false;
  #asking = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #askedAt = -Infinity;
  #dueAt = Infinity;
  /** Until then the budget is used up, or there is no place. */
  #notBefore = -Infinity;

  constructor(options: StreamOptions, admitted: AdmittedOperation) {
    this.#options = options;
    this.#pace = openPace(options.settings);
    this.#admitted = admitted;
    options.response.on('close', () => this.#leave());
  }

  get organizationId(): string | null {
    return this.#admitted.context.caller.organizationId;
  }
  get sessionId(): string | null {
    return this.#admitted.context.caller.sessionId;
  }

  /** The first answer, and the beginning of the stream. Throws a `Fault` while there is no stream yet. */
  async open(requestId: string): Promise<void> {
    const { response, log } = this.#options;
    const result = await executeAdmitted(this.#admitted);
    // An operation that was not run at all is refused with its status, as without a stream.
    const { status, json } = this.#present(result);
    if (status !== 200 || this.#gone.signal.aborted) {
      const answer = presentResult(result, 'application/json', log);
      response.writeHead(answer.status, { ...answer.headers, [REQUEST_ID_HEADER]: requestId });
      response.end(answer.body);
      return;
    }
    this.#writer = openEventWriter(response, {
      ...this.#admitted.limitHeaders,
      [REQUEST_ID_HEADER]: requestId,
    });
    this.#askedAt = performance.now();
    this.#pace.note(this.#askedAt);
    this.#send({ admitted: this.#admitted, result, json });
    if (this.#changed) this.#schedule(0);
  }

  /** Something that it may show has changed. */
  change(): void {
    this.#changed = true;
    this.#schedule(0);
  }

  /** Looked at every second, and whenever somebody may have lost access: may it go on, does anybody read it? */
  async look(): Promise<void> {
    const { settings, desk, request } = this.#options;
    if (!this.#writer || this.#ended) return;
    const now = performance.now();
    if (this.#writer.unreadSince !== null && now - this.#writer.unreadSince > settings.unreadMsMax) {
      this.#options.log.info('a live query is cut off: nobody reads it');
      this.#writer.destroy();
      return;
    }
    if (now - this.#openedAt > settings.streamMsMax) return this.end();
    try {
      const { caller } = this.#admitted.context;
      const present = await readCaller(request.headers, caller, desk);
      // Emergency access is over, or was ended: what it opened goes from the answer.
      const over = (present.emergencyUntil ?? 0) * 1_000 <= desk.clock().getTime();
      if (this.#admitted.context.audiences.includes('EMERGENCY') && over) this.change();
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (now - this.#askedAt > settings.refreshMs) this.change();
    if (now - this.#writer.writtenAt > settings.keepAliveMs) this.#writer.keepAlive();
  }

  /** Ends it, with the reason in words if there is one. */
  end(fault?: Fault): void {
    if (this.#ended) return;
    this.#ended = true;
    if (fault) this.#writer?.next(presentRefusal(fault).body);
    this.#writer?.complete();
    this.#leave();
  }

  #leave(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#gone.abort();
    this.#options.onEnd(this);
  }

  /** Asks again in so many milliseconds at the latest, or later where the pace or the budget demand it. */
  #schedule(afterMs: number): void {
    if (this.#ended || this.#asking || !this.#writer) return;
    const { debounceMs } = this.#options.settings;
    const now = performance.now();
    const dueAt = Math.max(now + Math.max(debounceMs, afterMs), this.#pace.nextAt, this.#notBefore);
    if (this.#timer && this.#dueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#asking = true;
      void this.#takeTurn();
    }, dueAt - now);
  }

  /** Whoever reads slowly gets what is true when they have read; nobody else's turn is spent on waiting for them. */
  async #takeTurn(): Promise<void> {
    await this.#writer?.drained();
    if (!this.#ended) await this.#options.turns.take(() => this.#askAgain());
  }

  async #askAgain(): Promise<void> {
    let again = 0;
    try {
      if (this.#ended) return;
      this.#changed = false;
      const given = await this.#ask();
      again = this.#sendIfNew(given);
    } catch (error) {
      again = this.#refuse(error);
      this.#notBefore = performance.now() + again;
    } finally {
      this.#asking = false;
      this.#askedAt = performance.now();
      this.#pace.note(this.#askedAt);
      if (this.#changed) this.#schedule(0);
      else if (again > 0) this.#schedule(again);
    }
  }

  async #ask(): Promise<Given> {
    const { desk, request, body } = this.#options;
    const requestId = randomUUID();
    const log = desk.log.child({ requestId });
    const place = enter(desk, request);
    const watch = desk.telemetry?.begin(requestId, request.headers);
    let outcome: { status: number; code: string | undefined } = { status: 500, code: 'INTERNAL' };
    try {
      const signal = this.#gone.signal;
      const admitted = await admitOperation(desk, { request, requestId, body, log, signal, place, watch });
      this.#admitted = admitted;
      const result = await executeAdmitted(admitted);
      const presented = this.#present(result);
      outcome = { status: presented.status, code: undefined };
      return { admitted, result, ...presented };
    } catch (error) {
      if (error instanceof Fault) outcome = { status: 400, code: error.code };
      throw error;
    } finally {
      watch?.ended(outcome);
      place.leave();
    }
  }

  /** Answers in how many milliseconds to ask again because of what was missing; 0: not. */
  #sendIfNew(given: Given): number {
    if (this.#ended) return 0;
    const { errors = [] } = given.result;
    const partial = errors.some(({ extensions }) => PASSES.has(String(extensions['code'])));
    // A part that did not answer is asked again before it disappears from the screen.
    if (partial && !this.#heldBack) {
      this.#heldBack = true;
      return HELD_BACK_MS;
    }
    this.#heldBack = false;
    if (hashOf(given.json) !== this.#sentHash) this.#send(given);
    return partial ? STILL_PARTIAL_MS : 0;
  }

  #send({ admitted, result, json }: Given): void {
    this.#sentHash = hashOf(json);
    this.#writer?.next(json);
    this.#options.desk.accessRecords?.record({ ...admitted, result });
    admitted.context.log.info({ operation: admitted.prepared.name }, 'live event');
  }

  #present(result: ExecutionResult): { status: number; json: string } {
    const { status, body } = presentResult(result, 'application/json', this.#options.log);
    return { status, json: body };
  }

  /** What a refusal means for the stream: wait (in how many milliseconds to ask again), or the end. */
  #refuse(error: unknown): number {
    if (this.#gone.signal.aborted) return 0;
    if (error instanceof Busy) return BUSY_MS;
    if (error instanceof Fault && error.code === 'RATE_LIMITED')
      return Math.min(60, error.retryAfterSeconds ?? 1) * 1_000;
    if (!(error instanceof Fault)) this.#options.log.error({ err: error }, 'a live query failed');
    this.end(
      error instanceof Fault
        ? error
        : new Fault('INTERNAL', 'Something went wrong on our side. Please try again.'),
    );
    return 0;
  }
}

/** What is no fault of whoever asks, and may be over in a moment: a part that is away, starts, or has lost its database. */
const PASSES: ReadonlySet<string> = new Set(['SUBGRAPH_UNAVAILABLE', 'UNAVAILABLE', 'INTERNAL']);
const HELD_BACK_MS = 2_000;
const STILL_PARTIAL_MS = 5_000;
const BUSY_MS = 1_000;

/** There is no place for another operation just now. */
class Busy extends Error {
  override readonly name = 'Busy';
}

function enter(desk: Desk, request: IncomingMessage): Place {
  try {
    return desk.limits.enter(request.headers);
  } catch (cause) {
    throw new Busy('no place', { cause });
  }
}

const hashOf = (json: string): string => createHash('sha256').update(json).digest('base64');

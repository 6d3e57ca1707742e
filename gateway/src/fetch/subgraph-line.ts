import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import { DEADLINE_HEADER, TRACE_HEADER, type Clock, type Logger, type TraceSpan } from '@kept/subgraph-kit';
import { Pool } from 'undici';
import type { RequestContext } from '../context.ts';
import { BREAKER, openBreaker, REFUSED, type Breaker, type BreakerState, type Ticket } from './breaker.ts';
import { openBulkhead, type Bulkhead } from './bulkhead.ts';
import { readAnswer, unavailable, type SubgraphAnswer } from './read-answer.ts';
import { openRetryBudget } from './retry-budget.ts';
import { FetchFailed, sendRequest, type Failure, type Received } from './send-request.ts';

export interface SubgraphAddress {
  readonly url: string;
  readonly key: PassportKey;
}

/** What the asking needs to know of the request that it belongs to. */
export type FetchContext = Pick<RequestContext, 'caller' | 'deadline' | 'signal' | 'log' | 'span'>;

/** One sub-request: the JSON body as it is sent, and whether it may be sent twice. */
export interface SubRequest {
  readonly body: string | Buffer;
  readonly kind: 'query' | 'mutation';
}

/** How a sub-request ended. `answered` may hold errors: the subgraph is there and has said what is wrong. */
export type Outcome = 'answered' | Failure | 'breaker_open' | 'full' | 'too_late' | 'isolated';

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly inFlightMax: number;
  readonly answerBytesMax: number;
}
export const FETCH_LIMITS: FetchLimits = {
  timeoutMs: 10_000,
  inFlightMax: 128,
  answerBytesMax: 8 * 1024 * 1024,
};

/** What metrics and traces want to know; called for each sub-request and each turn of the breaker. */
export interface FetchObserver {
  ended(service: string, how: { outcome: Outcome; seconds: number; retried: boolean }): void;
  breakerTurned(service: string, state: BreakerState): void;
}

export interface SubgraphLine {
  readonly service: string;
  readonly breaker: BreakerState;
  readonly inFlight: number;
  readonly waiting: number;
  /** Never rejects: whatever goes wrong, the answer is a clean error and the log has the reason. */
  ask(request: SubRequest, context: FetchContext): Promise<SubgraphAnswer>;
  stop(): Promise<void>;
}

export interface LineOptions extends SubgraphAddress {
  readonly service: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits?: FetchLimits | undefined;
  readonly observer?: FetchObserver | undefined;
  /** Whether an operator has cut this service off (control/). */
  readonly isIsolated?: ((service: string) => boolean) | undefined;
}

// What the subgraph is told ends before we stop listening, and we stop before the client's answer is due: an answer
// that says "too late" still arrives, and what the other subgraphs said still gets out.
const OUR_MARGIN_MS = 50;
const HOP_MARGIN_MS = 50;
// Less than this is not worth a subgraph's work.
const WORTH_ASKING_MS = 10;
// A subgraph that had less time than this and did not answer has not failed; the ones before it used it up.
const FAIR_CHANCE_MS = 1_000;
const WAITING_PER_PLACE = 4;
const CONNECT_TIMEOUT_MS = 2_000;
// Shorter than a subgraph keeps an idle connection (65 s), or we would write into one that it has just closed.
const KEEP_ALIVE_MS = 30_000;

/** Opens the line to one subgraph: kept connections, passports, deadlines, a breaker, a bulkhead, one safe retry. */
export const openSubgraphLine = (options: LineOptions): SubgraphLine => new Line(options);

class Line implements SubgraphLine {
  readonly #options: LineOptions;
  readonly #limits: FetchLimits;
  readonly #path: string;
  readonly #pool: Pool;
  readonly #breaker: Breaker;
  readonly #bulkhead: Bulkhead;
  readonly #budget = openRetryBudget();

  constructor(options: LineOptions) {
    const { service, url, log, observer, limits = FETCH_LIMITS } = options;
    const { origin, pathname } = new URL(url);
    this.#options = options;
    this.#limits = limits;
    this.#path = pathname;
    this.#pool = new Pool(origin, {
      connections: limits.inFlightMax,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // The deadline of each request ends it, whatever it waits for (send-request.ts).
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
    this.#breaker = openBreaker({
      settings: BREAKER,
      now: () => performance.now(),
      onChange: (state) => {
        log.warn({ subgraph: service, breaker: state }, 'a breaker turned');
        observer?.breakerTurned(service, state);
      },
    });
    this.#bulkhead = openBulkhead({
      inFlightMax: limits.inFlightMax,
      waitingMax: limits.inFlightMax * WAITING_PER_PLACE,
    });
  }

  get service() {
    return this.#options.service;
  }
  get breaker() {
    return this.#breaker.state;
  }
  get inFlight() {
    return this.#bulkhead.inFlight;
  }
  get waiting() {
    return this.#bulkhead.waiting;
  }
  stop() {
    return this.#pool.close();
  }

  async ask(request: SubRequest, context: FetchContext): Promise<SubgraphAnswer> {
    const { service, observer } = this.#options;
    const startedAt = performance.now();
    // Waiting in line, the first attempt and the second share one time.
    const endsAt = Math.min(context.deadline - OUR_MARGIN_MS, startedAt + this.#limits.timeoutMs);
    const span = context.span?.child('fetch', { 'kept.subgraph': service });
    const visit: Visit = { context, endsAt, span, retried: false };
    let outcome: Outcome = 'answered';
    try {
      await this.#enter(visit);
      try {
        return await this.#askWithRetry(request, visit);
      } finally {
        this.#bulkhead.leave();
      }
    } catch (error) {
      outcome = outcomeOf(error);
      note(context.log, { service, outcome, error });
      return unavailable;
    } finally {
      const seconds = (performance.now() - startedAt) / 1000;
      const { retried } = visit;
      observer?.ended(service, { outcome, seconds, retried });
      span?.set({ 'kept.outcome': outcome, 'kept.retried': retried });
      span?.end();
    }
  }

  // Throws `NotAsked` unless there is time, the breaker is closed, and a place is free or becomes so in time.
  async #enter({ endsAt, context: { signal } }: Visit): Promise<void> {
    const milliseconds = endsAt - performance.now();
    if (milliseconds < WORTH_ASKING_MS) throw new NotAsked('too_late');
    if (this.#options.isIsolated?.(this.service)) throw new NotAsked('isolated');
    if (this.#breaker.refuses()) throw new NotAsked('breaker_open');
    const place = this.#bulkhead.enter({ milliseconds, signal });
    const admitted = typeof place === 'boolean' ? place : await place;
    if (!admitted) throw new NotAsked(signal.aborted ? 'left' : 'full');
  }

  async #askWithRetry(request: SubRequest, visit: Visit): Promise<SubgraphAnswer> {
    try {
      return await this.#askOnce(request, visit);
    } catch (error) {
      const worthIt =
        request.kind === 'query' &&
        error instanceof FetchFailed &&
        error.repeatable &&
        !visit.context.signal.aborted;
      if (!worthIt || !this.#budget.spend()) throw error;
      visit.retried = true;
      return this.#askOnce(request, visit);
    }
  }

  async #askOnce(request: SubRequest, { context, endsAt, span }: Visit): Promise<SubgraphAnswer> {
    const timeoutMs = endsAt - performance.now();
    if (timeoutMs < WORTH_ASKING_MS) throw new NotAsked('too_late');
    const ticket = this.#breaker.enter();
    if (ticket === REFUSED) throw new NotAsked('breaker_open');
    try {
      const { body } = await this.#send(request, { context, timeoutMs, span });
      const answer = readAnswer(body);
      if (!answer) throw new FetchFailed('unusable', 'answered with something that is no answer');
      this.#breaker.succeeded(ticket);
      this.#budget.earn();
      return answer;
    } catch (error) {
      this.#giveVerdict(ticket, { error, timeoutMs });
      throw error;
    }
  }

  #send(
    { body }: SubRequest,
    { context, timeoutMs, span }: { context: FetchContext; timeoutMs: number; span: TraceSpan | undefined },
  ): Promise<Received> {
    const { caller, signal } = context;
    const { service, key, clock } = this.#options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      [DEADLINE_HEADER]: String(Math.max(1, Math.floor(timeoutMs - HOP_MARGIN_MS))),
      [PASSPORT_HEADER]: signPassport({ caller, service, body, key, now: clock() }),
      ...(span && { [TRACE_HEADER]: span.traceparent }),
    };
    const { answerBytesMax } = this.#limits;
    return sendRequest(this.#pool, { path: this.#path, headers, body, signal, timeoutMs, answerBytesMax });
  }

  #giveVerdict(ticket: Ticket, { error, timeoutMs }: { error: unknown; timeoutMs: number }): void {
    const failure = error instanceof FetchFailed ? error.failure : 'left';
    const hadFairChance = failure !== 'timeout' || timeoutMs >= FAIR_CHANCE_MS;
    if (failure === 'left' || !hadFairChance) this.#breaker.withdrawn(ticket);
    // It lives: one caller who asks for too much must not close it for everybody.
    else if (failure === 'too_large') this.#breaker.succeeded(ticket);
    else this.#breaker.failed(ticket);
  }
}

/** One sub-request on its way, from the line before the bulkhead to its answer. */
interface Visit {
  readonly context: FetchContext;
  /** When we stop waiting for it, in milliseconds of `performance.now()`. */
  readonly endsAt: number;
  readonly span: TraceSpan | undefined;
  retried: boolean;
}

class NotAsked extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(outcome);
    this.outcome = outcome;
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof NotAsked) return error.outcome;
  if (error instanceof FetchFailed) return error.failure;
  return 'unusable';
}

function note(
  log: Logger,
  { service, outcome, error }: { service: string; outcome: Outcome; error: unknown },
) {
  // Nobody waits; and an open breaker has been logged when it opened, not once more for each request that it spares.
  if (outcome === 'left' || outcome === 'breaker_open' || outcome === 'isolated') return;
  log.error({ err: error, subgraph: service, outcome }, 'a subgraph did not answer');
}

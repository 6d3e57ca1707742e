import { randomUUID } from 'node:crypto';
import { Fault, refused, type Clock, type Logger } from '@kept/subgraph-kit';
import type { IncomingHttpHeaders } from 'node:http';
import { admitOperation, REQUEST_ID_HEADER } from '../edge/answer-operation.ts';
import { presentRefusal } from '../edge/present-answer.ts';
import { networksOf } from '../limits/network-of.ts';
import { openChangeFollower, type ChangeFollower } from './follow-changes.ts';
import { LiveStream, type LiveRequest } from './live-stream.ts';
import type { ChangesAddress } from './read-changes.ts';
import type { LiveSettings } from './settings.ts';
import { openStreamPlaces, type StreamPlaces } from './stream-places.ts';
import { openTurns } from './turns.ts';

/** Whether a request asks for events: only when it wants them first (some apps list every type they could read). */
export const wantsEvents = ({ accept = '' }: IncomingHttpHeaders): boolean =>
  /^\s*text\/event-stream\s*(;(?!\s*q=0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(accept);

export interface Live {
  /** Answers a request with a stream, or with a refusal as every other. */
  answer(incoming: LiveRequest): Promise<void>;
  /** Somebody may have lost access; the sessions of which that is certain. */
  ended(sessionIds: readonly string[]): void;
  readonly streams: number;
  stop(): void;
}

export interface LiveOptions {
  readonly scheduling: ChangesAddress | undefined;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly log: Logger;
}

const ASKED_AT_ONCE_MAX = 8;
// A request is kept for as long as its stream is open.
const BODY_BYTES_MAX = 32 * 1024;

/** Live queries of this gateway (decision 0011): an ordinary query whose answer is sent again when it has changed. */
export const openLive = (options: LiveOptions): Live => new Streams(options);

class Streams implements Live {
  readonly #options: LiveOptions;
  readonly #open = new Set<LiveStream>();
  readonly #places: StreamPlaces;
  readonly #follower: ChangeFollower | undefined;
  readonly #turns = openTurns(ASKED_AT_ONCE_MAX);
  #looking: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#places = openStreamPlaces(options.settings);
    const { scheduling, clock, log } = options;
    this.#follower =
      scheduling &&
      openChangeFollower({
        scheduling,
        clock,
        log,
        onChange: (organizationId) => this.#changed(organizationId),
      });
  }

  get streams(): number {
    return this.#open.size;
  }

  async answer(incoming: LiveRequest): Promise<void> {
    const requestId = randomUUID();
    const log = incoming.desk.log.child({ requestId });
    try {
      await this.#begin(incoming, requestId, log);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      log.info({ code: error.code }, 'live query refused');
      const answer = presentRefusal(error);
      incoming.response.writeHead(answer.status, { ...answer.headers, [REQUEST_ID_HEADER]: requestId });
      incoming.response.end(answer.body);
    }
  }

  ended(sessionIds: readonly string[]): void {
    // Without names it is an isolation: everybody is looked at.
    for (const stream of this.#open)
      if (sessionIds.length === 0 || sessionIds.includes(stream.sessionId ?? '')) void stream.look();
  }

  stop(): void {
    this.#stopping = true;
    clearInterval(this.#looking);
    this.#follower?.end();
    for (const stream of this.#open) stream.end(restarting());
  }

  async #begin(incoming: LiveRequest, requestId: string, log: Logger): Promise<void> {
    if (this.#stopping) throw restarting();
    const { desk, request, response, body } = incoming;
    if (body.length > BODY_BYTES_MAX)
      throw new Fault('REQUEST_TOO_LARGE', 'A request that is kept live may have at most 32 kB.');
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const place = desk.limits.enter(request.headers);
    const watch = desk.telemetry?.begin(requestId, request.headers);
    const outcome: { status: number; code: string | undefined } = { status: 200, code: undefined };
    try {
      const { signal } = gone;
      const admitted = await admitOperation(desk, { request, requestId, body, log, signal, place, watch });
      // Stopped meanwhile: the streams that there were have been ended, and nobody would end this one.
      if (this.#stopping) throw restarting();
      const { caller } = admitted.context;
      if (admitted.prepared.kind !== 'query')
        throw refused.badInput('Only a query can be live. Send this without asking for events.', {
          field: 'accept',
        });
      if (caller.accountId === null) throw refused.unauthenticated('Sign in to watch something live.');
      // Hung up meanwhile: nothing would ever say so again, and the place would be kept for as long as the token lasts.
      if (response.destroyed) return;
      const giveBack = this.#places.take({
        caller: `${caller.organizationId} ${caller.accountId}`,
        network: networksOf(caller.networkAddress)[0],
      });
      const { settings } = this.#options;
      const onEnd = (ended: LiveStream) => {
        giveBack();
        this.#forget(ended);
      };
      const stream = new LiveStream({ ...incoming, settings, turns: this.#turns, log, onEnd }, admitted);
      // Watched before it is asked for the first time: a change in between is not missed.
      this.#watch(stream);
      await stream.open(requestId).catch((error: unknown) => {
        onEnd(stream);
        throw error;
      });
    } catch (error) {
      if (error instanceof Fault) Object.assign(outcome, { status: 400, code: error.code });
      throw error;
    } finally {
      watch?.ended(outcome);
      place.leave();
    }
  }

  #watch(stream: LiveStream): void {
    this.#open.add(stream);
    this.#follower?.begin();
    this.#looking ??= setInterval(() => {
      for (const open of this.#open) void open.look();
    }, this.#options.settings.lookMs).unref();
  }

  #forget(stream: LiveStream): void {
    if (!this.#open.delete(stream) || this.#open.size > 0) return;
    this.#follower?.end();
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #changed(organizationId: string | null): void {
    for (const stream of this.#open)
      if (organizationId === null || stream.organizationId === organizationId) stream.change();
  }
}

const restarting = () => new Fault('UNAVAILABLE', 'The service restarts. Please connect again.');

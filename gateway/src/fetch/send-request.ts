import type { Dispatcher, Pool } from 'undici';

/** What a subgraph answered: the bytes of a JSON body, never more than allowed. */
export interface Received {
  readonly status: number;
  readonly body: Buffer;
}

/** Why there is no answer, in the words that metrics and the log use. */
export type Failure = 'unreachable' | 'timeout' | 'left' | 'unusable' | 'too_large';

/** No answer that can be used. `repeatable` says that not one byte of an answer had come, over a connection that broke. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
  readonly failure: Failure;
  readonly repeatable: boolean;
  constructor(failure: Failure, sentence: string, more: { repeatable?: boolean; cause?: unknown } = {}) {
    super(sentence, { cause: more.cause });
    this.failure = failure;
    this.repeatable = more.repeatable ?? false;
  }
}

interface SendOptions {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly answerBytesMax: number;
}

/**
 * Sends one POST and reads its answer. Handling undici's events ourselves saves a stream per request, and lets us stop
 * at the first byte too many, at the first header that is wrong, and at the deadline however slowly bytes drip in.
 * Rejects with `FetchFailed`; the connection of a request that was given up is closed, never used again.
 */
export function sendRequest(pool: Pool, options: SendOptions): Promise<Received> {
  const { path, headers, body } = options;
  return new Promise((resolve, reject) => {
    const reception = new Reception(options, { resolve, reject });
    pool.dispatch({ path, method: 'POST', headers, body }, reception);
  });
}

class Reception implements Dispatcher.DispatchHandler {
  readonly #options: SendOptions;
  readonly #settle: { resolve: (received: Received) => void; reject: (error: FetchFailed) => void };
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #size = 0;
  #status = 0;
  #ended: FetchFailed | true | undefined;

  constructor(
    options: SendOptions,
    settle: { resolve: (received: Received) => void; reject: (error: FetchFailed) => void },
  ) {
    this.#options = options;
    this.#settle = settle;
    this.#timer = setTimeout(
      () => this.#giveUp(new FetchFailed('timeout', 'gave no answer in time')),
      options.timeoutMs,
    );
    options.signal.addEventListener('abort', this.#leave);
  }

  readonly #leave = () => this.#giveUp(new FetchFailed('left', 'the client has gone'));

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: it is not sent any more.
    if (this.#ended instanceof FetchFailed) controller.abort(this.#ended);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    if (status !== 200) this.#giveUp(new FetchFailed('unusable', `answered with status ${status}`));
    else if (!isJson(headers['content-type'])) {
      this.#giveUp(new FetchFailed('unusable', 'answered with something that does not call itself JSON'));
    } else if (Number(headers['content-length'] ?? 0) > this.#options.answerBytesMax) this.#refuseSize();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#options.answerBytesMax) this.#refuseSize();
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#end(true);
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks, this.#size);
    this.#settle.resolve({ status: this.#status, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const repeatable = this.#status === 0 && 'code' in error && CONNECTION_BROKE.has(String(error.code));
    this.#giveUp(new FetchFailed('unreachable', 'the connection broke', { repeatable, cause: error }));
  }

  #refuseSize(): void {
    const { answerBytesMax } = this.#options;
    this.#giveUp(new FetchFailed('too_large', `answered with more than ${answerBytesMax} bytes`));
  }

  #giveUp(failure: FetchFailed): void {
    if (this.#ended) return;
    this.#end(failure);
    this.#settle.reject(failure);
    this.#controller?.abort(failure);
  }

  #end(how: FetchFailed | true): void {
    this.#ended = how;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#leave);
    if (how !== true) this.#chunks.length = 0;
  }
}

const isJson = (type: string | string[] | undefined) =>
  typeof type === 'string' && /^application\/(graphql-response\+)?json\s*(;|$)/i.test(type);

const CONNECTION_BROKE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

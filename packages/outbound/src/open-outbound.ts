import { Agent, request as send, type Dispatcher } from 'undici';
import { checkTarget } from './check-target.ts';
import { openConnector, type ConnectOptions } from './connect-pinned.ts';
import { asRefusal, OutboundRefused } from './outbound-refused.ts';
import { openPlaces } from './places.ts';
import { readBounded } from './read-bounded.ts';

/** A call to an address that somebody else chose. */
export interface OutboundRequest {
  readonly method?: Dispatcher.HttpMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent to this origin and never to another, wherever the other side passes us on to. */
  readonly authorization?: { readonly origin: string; readonly value: string } | undefined;
  /** The largest answer, after decompression; 5 MiB when left out. */
  readonly bytesMax?: number;
  /** For everything: waiting, looking up, connecting, redirects, the last byte. 20 s when left out. */
  readonly totalMs?: number;
  /** 3 when left out; 0 gives the redirect itself back. */
  readonly redirectsMax?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  /** Where the answer came from in the end. */
  readonly url: string;
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

/** The one way out of this process to addresses that other people chose. */
export interface Outbound {
  /** Calls. Any status is an answer; throws `OutboundRefused` when there is none. */
  call(address: string | URL, request?: OutboundRequest): Promise<OutboundAnswer>;
  /** Throws `OutboundRefused` for an address that would be refused for what it says, without calling it. */
  check(address: string): void;
  stop(): Promise<void>;
}

export interface OutboundOptions extends ConnectOptions {
  /** Silence after which the other side is given up; 8 s when left out. */
  readonly idleMs?: number;
  /** Calls at the same time; 16 when left out. More of them wait, within their own time. */
  readonly callsMax?: number;
}

const LIMITS = { bytesMax: 5 * 1024 * 1024, totalMs: 20_000, redirectsMax: 3 };
const IDLE_MS = 8_000;
const CALLS_MAX = 16;
const CONNECTIONS_PER_HOST = 2;
const HEADER_BYTES_MAX = 16 * 1024;
// What decides where a request goes or who it is from is ours to say.
const OURS = new Set(['authorization', 'cookie', 'host', 'proxy-authorization', 'connection']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Opens the way out. `development` lets it reach this machine, and in clear; a setting that production refuses. */
export function openOutbound(options: OutboundOptions): Outbound {
  const { development, idleMs = IDLE_MS, callsMax = CALLS_MAX } = options;
  const agent = new Agent({
    connect: openConnector(options),
    connections: CONNECTIONS_PER_HOST,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    keepAliveMaxTimeout: 5_000,
    headersTimeout: idleMs,
    bodyTimeout: idleMs,
    maxHeaderSize: HEADER_BYTES_MAX,
  });
  const places = openPlaces(callsMax);
  return {
    async call(address, asked = {}) {
      const { totalMs = LIMITS.totalMs, redirectsMax = LIMITS.redirectsMax } = asked;
      const timeout = AbortSignal.timeout(totalMs);
      const signal = asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout;
      let leave: (() => void) | undefined;
      try {
        let at = checkTarget(address, { development });
        leave = await places.enter(signal);
        for (let hop = 0; ; hop += 1) {
          const answer = await callOnce(agent, { at, asked, signal });
          const next = REDIRECTS.has(answer.status) ? answer.header('location') : undefined;
          if (redirectsMax === 0 || next === undefined) return answer;
          if (hop >= redirectsMax) throw new OutboundRefused('TOO_MANY_REDIRECTS');
          if (!URL.canParse(next, at.href)) throw new OutboundRefused('ADDRESS_NOT_USABLE');
          at = checkTarget(new URL(next, at), { development });
        }
      } catch (error) {
        // The caller's own abort is no fault of the other side.
        if (asked.signal?.aborted) throw asked.signal.reason;
        throw asRefusal(timeout.aborted ? timeout.reason : error);
      } finally {
        leave?.();
      }
    },
    check: (address) => void checkTarget(address, { development }),
    stop: () => agent.destroy(),
  };
}

async function callOnce(
  dispatcher: Agent,
  { at, asked, signal }: { at: URL; asked: OutboundRequest; signal: AbortSignal },
): Promise<OutboundAnswer> {
  const { method = 'GET', body = null, authorization, bytesMax = LIMITS.bytesMax } = asked;
  const given = Object.entries(asked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const headers: Record<string, string> = {
    'user-agent': 'Kept',
    'accept-encoding': 'gzip, deflate, br',
    ...Object.fromEntries(given.filter(([name = '']) => !OURS.has(name))),
    ...(authorization?.origin === at.origin && { authorization: authorization.value }),
  };
  const answer = await send(at, {
    dispatcher,
    method,
    headers,
    body,
    signal,
  });
  const header = (name: string): string | undefined => {
    const value = answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const encoding = header('content-encoding');
  const empty = method === 'HEAD' || answer.statusCode === 204 || answer.statusCode === 304;
  if (empty) await answer.body.dump({ limit: 1024, signal });
  const read = empty ? Buffer.alloc(0) : await readBounded(answer.body, { encoding, bytesMax, signal });
  return { status: answer.statusCode, url: at.href, header, body: read };
}

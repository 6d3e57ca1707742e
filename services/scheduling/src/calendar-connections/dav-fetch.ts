import { OutboundRefused, type Outbound } from '@kept/outbound';
import { CalendarFailed, failedWith } from './calendar-failed.ts';
import { checkXml } from './check-xml.ts';

const CALLS_MAX = 60;
const BYTES_MAX = 10 * 1024 * 1024;
// What reading needs (RFC 4918, RFC 3253). Whatever a library has in mind, nothing that writes leaves this process.
const METHODS = ['GET', 'PROPFIND', 'REPORT', 'OPTIONS'] as const;

export interface DavFetch {
  readonly fetch: typeof fetch;
  /** What went wrong first: tsdav swallows some of it. */
  readonly trouble: () => Error | undefined;
}

interface DavAccess {
  readonly serverUrl: string;
  readonly user: string | null;
  readonly secret: string;
  readonly totalMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `fetch` as tsdav wants it, over our own way out: only reading, only this server, only so much in so much time, and only
 * whole XML. The password belongs to the server's origin; an answer that leads elsewhere ends the reading.
 */
export function openDavFetch(
  outbound: Outbound,
  { serverUrl, user, secret, totalMs, signal }: DavAccess,
): DavFetch {
  const deadline = AbortSignal.timeout(totalMs);
  let calls = 0;
  let bytes = 0;
  let trouble: Error | undefined;
  const call = async (address: string, init: RequestInit): Promise<Response> => {
    if ((calls += 1) > CALLS_MAX) throw new CalendarFailed('TOO_LARGE');
    outbound.check(address);
    const { origin } = new URL(serverUrl);
    if (new URL(address).origin !== origin) throw new CalendarFailed('OTHER_SERVER');
    const method = METHODS.find((known) => known === init.method);
    if (method === undefined) throw new Error(`CalDAV is only read: ${init.method ?? 'no method'}`);
    const value =
      user === null ? `Bearer ${secret}` : `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    const answer = await outbound.call(address, {
      method,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' && { body: init.body }),
      authorization: { origin, value },
      redirectsMax: init.redirect === 'manual' ? 0 : 3,
      bytesMax: BYTES_MAX - bytes,
      totalMs,
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    bytes += answer.body.length;
    const redirected = init.redirect === 'manual';
    if (!redirected && new URL(answer.url).origin !== origin) throw new CalendarFailed('OTHER_SERVER');
    const text = answer.body.toString('utf8');
    // Looking for the server's own pointer (RFC 6764) may find nothing; everything else must be what was asked for.
    if (!redirected) {
      if (answer.status !== 207) throw failedWith(answer.status);
      if (!/\bxml\b/i.test(answer.header('content-type') ?? '')) throw new CalendarFailed('NOT_READABLE');
      checkXml(text);
    }
    const location = answer.header('location');
    const headers = {
      'content-type': answer.header('content-type') ?? '',
      ...(location !== undefined && { location }),
    };
    const empty = [204, 205, 304].includes(answer.status);
    return new Response(empty ? null : text, { status: answer.status, headers });
  };
  return {
    fetch: async (input, init = {}) => {
      const address = input instanceof Request ? input.url : String(input);
      try {
        return await call(address, init);
      } catch (error) {
        const said = deadline.aborted ? new OutboundRefused('TIMED_OUT') : (error as Error);
        // Whether the server points to its calendars somewhere is a question, not a failure.
        if (init.redirect !== 'manual' || said instanceof OutboundRefused) trouble ??= said;
        throw said;
      }
    },
    trouble: () => trouble,
  };
}

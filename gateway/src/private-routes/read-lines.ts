import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { request } from 'undici';
import { gatewayCaller } from './gateway-caller.ts';

const CONNECT_MS = 3_000;

export interface LineOptions {
  readonly address: URL;
  readonly key: PassportKey;
  readonly service: string;
  /** What the passport names as its operation; the service accepts no other at this address. */
  readonly operation: string;
  /** After this long without a word the connection is taken for dead. */
  readonly silenceMs: number;
  /** A longer line is not from the service. */
  readonly lineLengthMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens a line from a service once, in the gateway's own name, and gives what comes, each line as JSON. Ends or throws when
 * the connection does, when the service falls silent, and when the signal aborts.
 */
export async function* readLines(options: LineOptions): AsyncGenerator {
  const { address, key, service, operation, silenceMs, lineLengthMax, clock, signal } = options;
  const caller = gatewayCaller(operation);
  const passport = signPassport({ caller, service, body: '', key, now: clock() });
  const { statusCode, body } = await request(address, {
    headers: { [PASSPORT_HEADER]: passport, accept: 'application/x-ndjson' },
    headersTimeout: CONNECT_MS,
    bodyTimeout: silenceMs,
    signal,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`${service} answered ${statusCode}`);
  }
  body.setEncoding('utf8');
  let rest = '';
  for await (const chunk of body as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLengthMax) throw new Error(`${service} sent a line that does not end`);
    for (const line of lines) yield JSON.parse(line);
  }
}

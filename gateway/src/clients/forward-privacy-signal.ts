import type { RequestContext } from '../context.ts';
import type { FetchSubgraph } from '../fetch/open-subgraphs.ts';

/** Carries a signed-in client's privacy signal to compliance, whatever they ask. */
export type ForwardPrivacySignal = (context: RequestContext) => void;

const BODY = JSON.stringify({ query: '{ __typename }' });
const TIMEOUT_MS = 5_000;
// Compliance remembers for ever; this only spares it to be told with every request.
const TOLD_AGAIN_MS = 60 * 60 * 1000;
const REMEMBERED_MAX = 10_000;

/**
 * Most operations never reach compliance, and the signal must be honoured all the same (CCPA regulations §7025(c)). The
 * first operation of each client that carries it sends a query that asks nothing: compliance reads the signal from its
 * passport. Nobody waits for it, and what failed is tried again with the next operation.
 */
export function openPrivacySignals(ask: FetchSubgraph): ForwardPrivacySignal {
  const told = new Map<string, number>();
  const forget = () => {
    for (const key of told.keys()) {
      if (told.size <= REMEMBERED_MAX) return;
      told.delete(key);
    }
  };
  return (context) => {
    const { caller } = context;
    if (!caller.globalPrivacyControl || caller.kind !== 'CLIENT' || caller.accountId === null) return;
    const key = `${caller.organizationId}|${caller.accountId}`;
    const now = performance.now();
    if ((told.get(key) ?? -Infinity) > now - TOLD_AGAIN_MS) return;
    told.delete(key);
    told.set(key, now);
    forget();
    const own = { ...context, deadline: now + TIMEOUT_MS, signal: new AbortController().signal };
    // Asking a subgraph never rejects; an answer with errors is one that must be asked for again.
    void ask('compliance', { body: BODY, kind: 'query' }, own).then(({ data }) => {
      if (!data) told.delete(key);
    });
  };
}

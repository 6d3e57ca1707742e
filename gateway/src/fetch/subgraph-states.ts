import { anonymousCaller } from '@kept/passport';
import type { Logger } from '@kept/subgraph-kit';
import type { SubgraphLine } from './subgraph-line.ts';

/** How many of the subgraphs answered when they were last asked. Which ones, the log and the metrics know. */
export interface SubgraphStates {
  readonly answering: number;
  readonly of: number;
}

// Whoever balances load asks every few seconds, from several machines: the subgraphs are asked once for all of them.
const FRESH_MS = 5_000;
const PING_MS = 2_000;
const PING = { kind: 'query', body: JSON.stringify({ query: '{ __typename }' }) } as const;

/**
 * Asks every subgraph with a signed ping, at most every five seconds and only when somebody wants to know. The answer is
 * from the last round; only the very first caller waits for one.
 */
export function openSubgraphStates({
  lines,
  log,
}: {
  lines: ReadonlyMap<string, SubgraphLine>;
  log: Logger;
}): () => Promise<SubgraphStates> {
  const answering = new Map<string, boolean>();
  let askedAt = -Infinity;
  let round: Promise<void> | undefined;

  const ping = async (line: SubgraphLine) => {
    const context = {
      caller: anonymousCaller({
        organizationId: null,
        requestId: 'readiness',
        operationName: null,
        networkAddress: null,
        policyVersion: '-',
      }),
      deadline: performance.now() + PING_MS,
      signal: new AbortController().signal,
      log,
    };
    const { data } = await line.ask(PING, context);
    const answers = data !== undefined && data !== null;
    if (answering.get(line.service) !== answers) {
      const fields = { subgraph: line.service };
      if (answers) log.info(fields, 'a subgraph answers');
      else log.warn(fields, 'a subgraph does not answer');
    }
    answering.set(line.service, answers);
  };
  const ask = async () => {
    askedAt = performance.now();
    await Promise.all([...lines.values()].map(ping));
    round = undefined;
  };
  return async () => {
    if (performance.now() - askedAt > FRESH_MS) round ??= ask();
    if (answering.size < lines.size) await round;
    return { answering: [...answering.values()].filter(Boolean).length, of: lines.size };
  };
}

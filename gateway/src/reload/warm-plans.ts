import { anonymousCaller } from '@kept/passport';
import { openLog } from '@kept/subgraph-kit';
import { unknownApp } from '../clients/client-app.ts';
import type { RequestContext } from '../context.ts';
import type { Subgraphs } from '../fetch/open-subgraphs.ts';
import { unavailable } from '../fetch/read-answer.ts';
import type { Graph } from '../open-graph.ts';
import type { UsedOperation } from './used-operations.ts';

/** The signal of a request that is only planned: nobody waits for it, and nobody is asked. */
const NOBODY = AbortSignal.abort();
const silent = openLog({ service: 'gateway', level: 'silent' });

type Asked = Pick<Subgraphs, 'fetch' | 'sourceOf'>;

/**
 * The subgraphs, but no sub-request of a rehearsal reaches them. Only Apollo's executor has to be told: the compiled one
 * asks nobody for whom nobody waits.
 */
export const silentInRehearsal = ({ fetch, sourceOf }: Asked): Asked => ({
  fetch,
  sourceOf: (service) => {
    const source = sourceOf(service);
    const process: typeof source.process = (options) =>
      (options.context as RequestContext).signal === NOBODY
        ? Promise.resolve(unavailable)
        : source.process(options);
    return { process };
  },
});

/**
 * Plans these operations in a graph that nobody asks yet: a plan costs milliseconds, and without this they would all fall
 * due in its first second. Gives back the names of those that do not fit it any more.
 */
export async function warmPlans(graph: Graph, operations: readonly UsedOperation[]): Promise<string[]> {
  const unfit: string[] = [];
  for (const { text, name, audiences, purposes } of operations) {
    const context: RequestContext = { ...REHEARSAL, audiences, purposes };
    try {
      const prepared = graph.operations.prepare(text, name ?? undefined);
      // A mutation is planned like a query; it goes nowhere either way.
      await graph.rehearse({
        prepared,
        document: prepared.document,
        queryHash: prepared.key,
        variables: {},
        context,
      });
    } catch {
      unfit.push(name ?? 'without a name');
    }
    // Requests of the old graph go on meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return unfit;
}

const REHEARSAL: Omit<RequestContext, 'audiences' | 'purposes'> = {
  caller: anonymousCaller({
    organizationId: null,
    requestId: 'rehearsal',
    operationName: null,
    networkAddress: null,
    policyVersion: '',
  }),
  client: unknownApp({ id: null, version: null }),
  deadline: 0,
  signal: NOBODY,
  log: silent,
};

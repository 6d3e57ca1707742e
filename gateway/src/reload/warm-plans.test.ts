import { openLog } from '@kept/subgraph-kit';
import { composeGraph } from '../compose/compose-graph.ts';
import { openGraph } from '../open-graph.ts';
import { identitySdl, paymentsSdl, schedulingSdl } from '../test-graph/schemas.ts';
import { warmPlans } from './warm-plans.ts';

const supergraphSdl = composeGraph([
  { name: 'identity', typeDefs: identitySdl },
  { name: 'scheduling', typeDefs: schedulingSdl },
  { name: 'payments', typeDefs: paymentsSdl },
]);

// A sub-request of a rehearsal would reach nobody anyway, being too late; but it would stand in the figures as a failure.
it.each(['compiled', 'stock'] as const)(
  'not one sub-request leaves while %s plans are warmed',
  async (executor) => {
    const left: string[] = [];
    const leave = (service: string) => {
      left.push(service);
      return Promise.resolve({ data: null });
    };
    const graph = await openGraph({
      supergraphSdl,
      executor,
      subgraphs: {
        fetch: (service) => leave(service),
        sourceOf: (service) => ({ process: () => leave(service) }),
        lines: new Map(['identity', 'scheduling', 'payments'].map((name) => [name, {} as never])),
      },
      introspection: false,
      authorization: 'enforce',
      onDenied: () => undefined,
      log: openLog({ service: 'test', level: 'silent' }),
    });
    const asPublic = { name: null, audiences: ['PUBLIC'], purposes: [] } as const;
    const unfit = await warmPlans(graph, [
      { ...asPublic, text: '{ staff { displayName } services { name } }' },
      { ...asPublic, text: '{ gone }' },
    ]);
    expect(unfit).toHaveLength(1);
    expect(left).toEqual([]);
    await graph.stop();
  },
);

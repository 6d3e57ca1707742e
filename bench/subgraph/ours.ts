// One side of `bench/subgraph.ts`: packages/subgraph-kit with passports, guards and deadlines, as a service starts it.
import { openLog, startSubgraph } from '@kept/subgraph-kit';
import { readAccessMap } from '@kept/access-policy';
import { resolvers, typeDefs } from './bookings-in-memory.ts';

const ownedBy = (column: string) => (caller: { accountId: string | null }) => ({
  [column]: caller.accountId,
});
const relations = Object.fromEntries(
  [...readAccessMap(typeDefs).types.keys()].map((type) => [
    type,
    { SELF: ownedBy('clientId'), ASSIGNED_PROVIDER: ownedBy('providerId') },
  ]),
);
const { url } = await startSubgraph({
  service: 'scheduling',
  typeDefs,
  resolvers,
  relations,
  context: (request) => request,
  ready: () => Promise.resolve(),
  host: '127.0.0.1',
  port: 0,
  passportKeys: [{ id: 'bench', secret: Buffer.from(process.env['BENCH_PASSPORT_KEY'] ?? '', 'base64') }],
  clock: () => new Date(),
  log: openLog({ service: 'scheduling', level: 'warn' }),
});
process.send?.({ url: `${url}/graphql` });
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit());

// The other side: the same schema and rows behind Apollo Server as its documentation starts a subgraph, with no
// protection at all.
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { resolvers, typeDefs } from './bookings-in-memory.ts';

const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
const { url } = await startStandaloneServer(new ApolloServer({ schema }), {
  listen: { host: '127.0.0.1', port: 0 },
});
process.send?.({ url });
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit());

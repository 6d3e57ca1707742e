// What `bench/gateway.ts` compares with: @apollo/gateway as its documentation starts it, with the same supergraph and
// the same subgraphs, and no protection at all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const subgraphs = process.env['BENCH_SUBGRAPHS'] ?? '';
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(join(import.meta.dirname, '../../gateway/supergraph.graphql'), 'utf8'),
  buildService: ({ name }) => new RemoteGraphQLDataSource({ url: `${subgraphs}/${name}` }),
});
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: '127.0.0.1', port: 0 },
});
process.send?.({ url: url.replace(/\/$/, '') });
process.on('disconnect', () => process.exit());

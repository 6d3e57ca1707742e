import { join } from 'node:path';
import { readSdl } from '@kept/subgraph-kit';
import { composeGraph } from './compose/compose-graph.ts';
import { SUBGRAPHS } from './subgraphs.ts';

const services = join(import.meta.dirname, '../../services');

/**
 * The supergraph of the four services, from the files that they themselves serve. Called by `npm run generate`; the
 * result is committed, and the gateway boots from it alone. Throws with every reason why the graph may not ship.
 */
export function composeSupergraph(): string {
  return composeGraph(SUBGRAPHS.map((name) => ({ name, typeDefs: readSdl(join(services, name, 'src')) })));
}

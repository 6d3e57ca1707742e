import { join } from 'node:path';
import { readSdl } from '@kept/subgraph-kit';
import { composeGraph } from './compose/compose-graph.ts';
import { SUBGRAPHS } from './subgraphs.ts';
import { OWN_PART, ownPartSdl } from './viewer-access/own-part.ts';

const services = join(import.meta.dirname, '../../services');

/**
 * The supergraph of the four services, from the files that they themselves serve, and of the gateway's own part. Called by `npm run generate`; the
 * result is committed, and the gateway boots from it alone. Throws with every reason why the graph may not ship.
 */
export function composeSupergraph(): string {
  return composeGraph([
    ...SUBGRAPHS.map((name) => ({ name, typeDefs: readSdl(join(services, name, 'src')) })),
    { name: OWN_PART, typeDefs: ownPartSdl() },
  ]);
}

import { json } from '@kept/subgraph-kit';
import type { SubgraphStates } from '../fetch/subgraph-states.ts';
import type { Page } from './open-edge.ts';

/**
 * Alive: the process answers; nobody else is asked. Ready: the supergraph is loaded and we are not stopping. A subgraph
 * that is away makes us `degraded` and never unready: callers get the data of the others, and taking every gateway out
 * of service because of one of four would make a part's outage everybody's.
 */
export const healthPages = (isReady: () => boolean, look: () => Promise<SubgraphStates>): Page[] => [
  { path: '/health/live', answer: () => json(200, { status: 'alive' }) },
  {
    path: '/health/ready',
    async answer() {
      if (!isReady()) return json(503, { status: 'not ready' });
      const subgraphs = await look();
      return json(200, { status: subgraphs.answering < subgraphs.of ? 'degraded' : 'ready', subgraphs });
    },
  },
];

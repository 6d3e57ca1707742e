import { json } from '@kept/subgraph-kit';
import type { Page } from './open-edge.ts';

/** Alive: the process answers. Ready: the supergraph is loaded and we are not stopping. Neither asks a subgraph. */
export const healthPages = (isReady: () => boolean): Page[] => [
  { path: '/health/live', answer: () => json(200, { status: 'alive' }) },
  {
    path: '/health/ready',
    answer: () => (isReady() ? json(200, { status: 'ready' }) : json(503, { status: 'not ready' })),
  },
];

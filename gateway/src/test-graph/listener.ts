import { json, listen, openLog } from '@kept/subgraph-kit';
import { fixedClock } from '@kept/testing';
import { SUBGRAPHS } from '../subgraphs.ts';
import { openControlFeed } from './control-feed.ts';
import { passportKeyOf } from './open-test-graph.ts';
import type { GatewayOptions } from '../start-gateway.ts';

/** One server in the place of all four services of the real supergraph. */
export interface Listener {
  readonly subgraphs: GatewayOptions['subgraphs'];
  /** The sub-requests that arrived, in their order; for a test to empty. */
  readonly heard: string[];
  /** The data of the next answers. */
  data: unknown;
  stop(): Promise<void>;
}

/** Writes down what services would be asked, and answers everything the same. Nobody is signed out there. */
export async function startListener(data: unknown = null): Promise<Listener> {
  const heard: string[] = [];
  const feed = openControlFeed({ key: passportKeyOf('identity'), clock: fixedClock('2030-01-01T00:00:00Z') });
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    log: openLog({ service: 'listener', level: 'silent' }),
    routes: [
      feed.route,
      {
        method: 'POST',
        path: '/graphql',
        handle: ({ body }) => {
          heard.push((JSON.parse(String(body)) as { query: string }).query);
          return json(200, { data: listener.data });
        },
      },
    ],
  });
  const url = `${server.url}/graphql`;
  const listener: Listener = {
    subgraphs: Object.fromEntries(SUBGRAPHS.map((name) => [name, { url, key: passportKeyOf(name) }])),
    heard,
    data,
    stop: () => server.stop(),
  };
  return listener;
}

import { request as httpRequest } from 'node:http';
import { mayRead } from '@kept/access-policy';
import { PASSPORT_HEADER, openPassportVerifier } from '@kept/passport';
import { json, listen, openLog, openSubgraph, type RequestContext, type Route } from '@kept/subgraph-kit';
import { fixedClock } from '@kept/testing';
import type { GatewayOptions } from '../start-gateway.ts';
import { openTestGraph, passportKeyOf, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, CLINIC, DORA, ERIK, PARTS } from '../test-graph/subgraphs.ts';
import { LIVE, type LiveSettings } from './settings.ts';

export interface Visit {
  id: string;
  clientId: string;
  providerId: string;
  startsAt: string;
  notes: string;
  internal: string;
}

const visitsAtFirst = (): Visit[] => [
  {
    id: 'v1',
    clientId: ANNA,
    providerId: DORA,
    startsAt: '2030-01-01T10:00:00Z',
    notes: 'of Anna',
    internal: 'i1',
  },
  {
    id: 'v2',
    clientId: BERT,
    providerId: ERIK,
    startsAt: '2030-01-02T10:00:00Z',
    notes: 'of Bert',
    internal: 'i2',
  },
];

/** A line that a test writes; every reader hears it. */
function openLine() {
  const readers = new Set<(line: string | null) => void>();
  async function* follow(signal: AbortSignal): AsyncGenerator<string> {
    const waiting: (string | null)[] = ['{"cursor":"1.1"}'];
    let wake: () => void = () => undefined;
    const hear = (line: string | null) => {
      waiting.push(line);
      wake();
    };
    readers.add(hear);
    signal.addEventListener('abort', () => hear(null), { once: true });
    try {
      for (;;) {
        const line = waiting.shift();
        if (line === null) return;
        if (line === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield line;
      }
    } finally {
      readers.delete(hear);
    }
  }
  const say = (line: object | null) => readers.forEach((hear) => hear(line && JSON.stringify(line)));
  return { follow, say, readers: () => readers.size };
}

/** A scheduling whose visits a test moves, and whose line of changes it writes. */
async function openScheduling(clock: () => Date) {
  const key = passportKeyOf('scheduling');
  const visits = visitsAtFirst();
  const line = openLine();
  const state = { asked: 0, cursors: [] as (string | null)[], failing: 0, broken: 0 };
  const part = PARTS['scheduling'];
  if (!part) throw new Error('The test graph has no scheduling.');
  const log = openLog({ service: 'scheduling', level: 'silent' });
  const answer = openSubgraph({
    ...part,
    resolvers: {
      ...part.resolvers,
      Query: {
        ...part.resolvers['Query'],
        visits: (_: unknown, _given: unknown, { ability }: RequestContext) => {
          state.broken -= 1;
          if (state.broken >= 0) throw new Error('the database is away');
          return visits.filter((visit) => mayRead(ability, 'Visit', visit));
        },
      },
    },
    service: 'scheduling',
    context: (request) => request,
    ready: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [key],
    clock,
    log,
  });
  const verifier = openPassportVerifier({ service: 'scheduling', keys: [key], clock });
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/changes',
      handle: ({ headers, query }) => {
        const caller = verifier.verify(String(headers[PASSPORT_HEADER]), Buffer.alloc(0));
        if (caller.kind !== 'SERVICE' || caller.operationName !== 'changes') return json(403, {});
        state.cursors.push(query.get('after'));
        return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, lines: line.follow };
      },
    },
    {
      method: 'POST',
      path: '/graphql',
      handle: (request) => {
        state.asked += 1;
        if (state.failing === 0) return answer(request);
        state.failing -= 1;
        return json(500, {});
      },
    },
  ];
  const server = await listen({ host: '127.0.0.1', port: 0, log, routes });
  return {
    ...server,
    visits,
    state,
    listeners: line.readers,
    changed: (organizationId = CLINIC.organizationId) =>
      line.say({ change: { organizationId, kind: 'booking', bookingId: ANNA, providerId: DORA } }),
    say: line.say,
  };
}

export interface Event {
  readonly event: string;
  readonly data: {
    data?: Record<string, unknown> | null;
    errors?: { extensions: { code: string } }[];
  } | null;
}

/** What a browser app does: sends a query, reads events. */
export function openEvents(url: string, body: object, headers: Record<string, string>) {
  const events: Event[] = [];
  const state = { comments: 0, status: 0, ended: false, text: '', headers: {} as Record<string, unknown> };
  const request = httpRequest(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  });
  request.on('response', (response) => {
    state.status = response.statusCode ?? 0;
    state.headers = response.headers;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      state.text += chunk;
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const name = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (name === undefined) state.comments += 1;
        else events.push({ event: name, data: data ? (JSON.parse(data) as Event['data']) : null });
      }
    });
    response.on('end', () => void (state.ended = true));
    response.on('error', () => void (state.ended = true));
    response.on('close', () => void (state.ended = true));
  });
  request.on('error', () => void (state.ended = true));
  request.end(JSON.stringify(body));
  return {
    events,
    state,
    request,
    answers: () => events.flatMap(({ event, data }) => (event === 'next' && data?.data ? [data.data] : [])),
    codes: () => events.flatMap(({ data }) => data?.errors?.map(({ extensions }) => extensions.code) ?? []),
    leave: () => request.destroy(),
  };
}

/** A gateway with live queries that is in a hurry. */
export async function openLiveGraph(live: Partial<LiveSettings> = {}, more: Partial<GatewayOptions> = {}) {
  const clock = fixedClock('2030-01-01T00:00:00Z');
  let graph: TestGraph | undefined;
  const scheduling = await openScheduling(() => (graph?.clock ?? clock)());
  const opened = await openTestGraph(
    { live: { ...LIVE, debounceMs: 5, pauseMs: 10, lookMs: 50, ...live }, ...more },
    { scheduling: { url: `${scheduling.url}/graphql`, key: passportKeyOf('scheduling') } },
  );
  graph = opened;
  return {
    graph: opened,
    scheduling,
    watch: async (
      query: string,
      as?: Person,
      more_: { variables?: object; headers?: Record<string, string>; token?: string } = {},
    ) => {
      const token = more_.token ?? (as && (await opened.tokenFor(as)));
      const headers = { ...(token && { authorization: `Bearer ${token}` }), ...more_.headers };
      return openEvents(opened.url, { query, variables: more_.variables ?? {} }, headers);
    },
    stop: async () => {
      await opened.stop();
      await scheduling.stop();
    },
  };
}

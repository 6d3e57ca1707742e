// Figures and traces leave the house: into a monitoring system that many people read and that keeps for long. The hole is
// a name, an address, an id or a text of an operation in one of them. A real collector listens here.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openLog, openTracing, type Tracing } from '@kept/subgraph-kit';
import { answerText, startOddSubgraph, type OddSubgraph } from '../fetch/odd-subgraph-for-tests.ts';
import { openTestGraph, passportKeyOf, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, CLINIC } from '../test-graph/subgraphs.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
}
interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

let collector: Server;
let received: string[] = [];
let endpoint = '';
beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') received.push(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterAll(() => collector.close());
beforeEach(() => void (received = []));

const log = openLog({ service: 'gateway', level: 'silent' });
const spansOf = (texts: readonly string[]) =>
  texts.flatMap((text) =>
    (JSON.parse(text) as Export).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
const attribute = (span: Span | undefined, key: string) =>
  Object.values(span?.attributes.find((candidate) => candidate.key === key)?.value ?? {})[0];
const client = { kind: 'CLIENT', id: ANNA } as const;
const query =
  'query CanaryName($text: String) { echo(text: $text) visits { id notes client { email birthday } } vault { content } }';
const asking = { variables: { text: 'canary-variable' }, as: client };
const PERSONAL = new RegExp(
  [
    'canary',
    ANNA,
    CLINIC.organizationId,
    'anna',
    'example.org',
    'of Anna',
    '1990',
    'echo',
    'notes',
    'Bearer',
    '127\\.0\\.0\\.1',
  ].join('|'),
  'i',
);

async function traced(
  ask: (graph: TestGraph) => Promise<unknown>,
  more: { trustTraceparent?: boolean } = {},
): Promise<Span[]> {
  const tracing: Tracing = await openTracing({ service: 'gateway', endpoint, log });
  const graph = await openTestGraph({ telemetry: { tracing, ...more } });
  try {
    await ask(graph);
  } finally {
    await graph.stop();
    await tracing.stop();
  }
  return spansOf(received);
}

describe('traces', () => {
  it('show an operation, its decision, each sub-request and its execution there, as one tree under the request’s id', async () => {
    let requestId: string | null = null;
    const spans = await traced(async (graph) => {
      const { headers } = await graph.ask(query, asking);
      requestId = headers.get('kept-request-id');
    });
    const [operation] = spans.filter(({ name }) => name === 'operation');
    expect(attribute(operation, 'kept.request_id')).toBe(requestId);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const below = (span: Span | undefined) =>
      spans.filter(({ parentSpanId }) => parentSpanId === span?.spanId);
    const fetches = below(operation).filter(({ name }) => name === 'fetch');
    expect(below(operation).filter(({ name }) => name === 'authorize')).toHaveLength(1);
    expect(new Set(fetches.map((span) => attribute(span, 'kept.subgraph')))).toEqual(
      new Set(['scheduling', 'identity']),
    );
    for (const one of fetches) {
      expect(attribute(one, 'kept.outcome')).toBe('answered');
      const [execution, ...others] = below(one);
      expect([execution?.name, others]).toEqual(['subgraph', []]);
      expect(attribute(execution, 'kept.subgraph')).toBe(attribute(one, 'kept.subgraph'));
      expect(attribute(execution, 'kept.request_id')).toBe(requestId);
    }
    // The safe is for managers: one coordinate was withheld at least, and how many is all that is told.
    expect(Number(attribute(operation, 'kept.denied'))).toBeGreaterThan(0);
    expect(attribute(operation, 'kept.operation.hash')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('hold nobody’s data: no name that a caller chose, no variable, no value, no id of a person or an organization', async () => {
    const spans = await traced((graph) => graph.ask(query, asking));
    expect(spans.length).toBeGreaterThan(4);
    const told = spans.map(({ name, attributes }) => ({ name, attributes }));
    expect(JSON.stringify(told)).not.toMatch(PERSONAL);
    // What the exporter adds of its own is looked at, too: resource, scope, everything that was sent.
    expect(received.join('\n')).not.toMatch(/canary|anna|example\.org|of Anna|Bearer/i);
    expect(received.join('\n')).not.toContain(ANNA);
    expect(received.join('\n')).not.toContain(CLINIC.organizationId);
  });

  it('do not go on with what a client sends, unless clients are trusted with it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const ask = (graph: TestGraph) => graph.ask('{ staff { displayName } }', { headers: { traceparent } });
    const strange = await traced(ask);
    expect(strange.length).toBeGreaterThan(0);
    expect(strange.map(({ traceId }) => traceId)).not.toContain('0af7651916cd43dd8448eb211c80319c');
    received = [];
    const trusted = await traced(ask, { trustTraceparent: true });
    const operation = trusted.find(({ name }) => name === 'operation');
    expect([operation?.traceId, operation?.parentSpanId]).toEqual([
      '0af7651916cd43dd8448eb211c80319c',
      'b7ad6b7169203331',
    ]);
  });

  it('cost nobody an answer when the collector is away', async () => {
    const tracing = await openTracing({ service: 'gateway', endpoint: 'http://127.0.0.1:9', log });
    const graph = await openTestGraph({ telemetry: { tracing } });
    const { data } = await graph.ask('{ staff { displayName } }');
    expect(data).toEqual({ staff: [{ displayName: 'Dora' }, { displayName: 'Erik' }] });
    await graph.stop();
    await tracing.stop();
  });
});

describe('figures', () => {
  const metricsToken = 'a-token-for-the-figures-alone';
  let odd: OddSubgraph;
  let graph: TestGraph;
  beforeAll(async () => {
    odd = await startOddSubgraph();
    const instead = { payments: { url: odd.url, key: passportKeyOf('payments') } };
    graph = await openTestGraph({ telemetry: { metricsToken } }, instead);
  });
  afterAll(async () => {
    odd.stop();
    await graph.stop();
  });
  const page = (token?: string) =>
    fetch(
      `${graph.url}/metrics`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
  const figures = async () => (await page(metricsToken)).text();
  const figure = (text: string, name: string, labels: Record<string, string>) => {
    const line = text
      .split('\n')
      .find(
        (candidate) =>
          candidate.startsWith(`${name}{`) &&
          Object.entries(labels).every(([label, value]) => candidate.includes(`${label}="${value}"`)),
      );
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };

  it('are shown to whoever holds their token; without the setting there is no such page', async () => {
    expect((await page()).status).toBe(401);
    expect((await page('another')).status).toBe(401);
    expect((await page(metricsToken)).status).toBe(200);
    const without = await openTestGraph();
    expect((await fetch(`${without.url}/metrics`)).status).toBe(404);
    expect(without.routes).not.toContain('GET /metrics');
    await without.stop();
  });

  it('tell what was answered, refused, asked, withheld, kept and broken, by words of ours alone', async () => {
    odd.behaviour = answerText('<h1>down</h1>', { status: 502, type: 'text/html' });
    for (let index = 0; index < 22; index += 1)
      await graph.ask('{ visits { id paidMinor } }', { as: client });
    await graph.ask(query, asking);
    await graph.ask('{ nothing }');
    const text = await figures();
    const count = (name: string, labels: Record<string, string>) => figure(text, name, labels);
    expect(
      count('kept_gateway_operation_seconds_count', {
        outcome: 'ANSWERED',
        kind: 'query',
        executor: 'compiled',
      }),
    ).toBe(23);
    expect(count('kept_gateway_operation_seconds_count', { outcome: 'GRAPHQL_VALIDATION_FAILED' })).toBe(1);
    expect(
      count('kept_gateway_subgraph_request_seconds_count', { subgraph: 'payments', outcome: 'unusable' }),
    ).toBe(20);
    expect(
      count('kept_gateway_subgraph_request_seconds_count', { subgraph: 'payments', outcome: 'breaker_open' }),
    ).toBe(2);
    expect(count('kept_gateway_breaker_state', { subgraph: 'payments' })).toBe(2);
    expect(count('kept_gateway_breaker_state', { subgraph: 'scheduling' })).toBe(0);
    expect(count('kept_gateway_subgraph_in_flight', { subgraph: 'scheduling' })).toBe(0);
    expect(count('kept_gateway_denied_total', { coordinate: 'Query.vault', reason: 'AUDIENCE' })).toBe(1);
    expect(count('kept_gateway_cache_looks_total', { cache: 'prepared', result: 'hit' })).toBeGreaterThan(20);
    expect(count('kept_gateway_cache_looks_total', { cache: 'plans', result: 'miss' })).toBeGreaterThan(0);
    expect(text).toContain('kept_gateway_operation_cost_count');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('hold nobody’s data, whatever was asked', async () => {
    await graph.ask(query, asking);
    const text = await figures();
    expect(text.length).toBeGreaterThan(1_000);
    expect(text).not.toMatch(/canary|anna|example\.org/i);
    expect(text).not.toContain(ANNA);
    expect(text).not.toContain(CLINIC.organizationId);
  });
});

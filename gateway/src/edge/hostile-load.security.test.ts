import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { FAULT_CODES } from '@kept/subgraph-kit';
import { hostileRequest, type HostileRequest } from '@kept/testing';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';

// Whatever arrives, the gateway stays up, knows what it refuses, and says nothing of itself or of what was sent: no stack,
// no path, no name of a service, no value. A hundred thousand of them at night, and by `npm run bench -- hostile`.
const REQUESTS = process.env['KEPT_NIGHTLY'] === '1' ? 100_000 : 3_000;
const CONCURRENT = 32;
const vocabulary = {
  operations: [
    '{ services { name minutes } }',
    'query Visits($v: Int) { visits(first: $v) { id startsAt client { displayName } paidMinor } }',
    'query Say($v: String) { echo(text: $v) services(first: 3) { again { name } } }',
    'query Deep($v: EchoInput) { echo(input: $v) }',
    'mutation Cancel($v: ID!) { cancelVisit(id: $v) { __typename ... on VisitGone { message } } }',
    '{ parties { __typename ... on Client { email } ... on StaffMember { salary } } named { email } }',
  ],
  names: [
    'services',
    'name',
    'again',
    'visits',
    'client',
    'echo',
    'text',
    'input',
    'more',
    'list',
    'number',
    'first',
  ]
    .concat([
      'id',
      'staff',
      'salary',
      'vault',
      'content',
      'parties',
      'named',
      'email',
      'Client',
      'Query',
      'Service',
    ])
    .concat([
      'EchoInput',
      'Visit',
      'Party',
      'Named',
      'cancelVisit',
      'signIn',
      'Int',
      'String',
      'Boolean',
      'Float',
    ]),
};

let graph: TestGraph;
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT });
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(async () => {
  agent.destroy();
  await graph.stop();
});

interface Heard {
  readonly status: number;
  readonly text: string;
}
const send = ({ method, path, headers, body }: HostileRequest): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(graph.url);
    const options = {
      agent,
      hostname,
      port,
      method,
      path,
      headers: { ...headers, 'content-length': body.length },
    };
    const outgoing = httpRequest(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const LEAKS =
  /node_modules|\.[tj]s:\d|\bat .{1,80}\(|\/(?:tmp|work|home|usr)\/|subgraph|postgres|Apollo|Did you mean|127\.0\.0\.1/i;
const ALLOWED = new Set(
  Object.keys(FAULT_CODES).filter((code) => code !== 'INTERNAL' && code !== 'SUBGRAPH_UNAVAILABLE'),
);

/** What is wrong with an answer to a hostile request; nothing, usually. */
function wrongWith({ canary }: HostileRequest, { status, text }: Heard): string[] {
  const wrong = status >= 500 || status < 200 ? [`status ${status}`] : [];
  if (LEAKS.test(text)) wrong.push(`tells of itself: ${text.slice(0, 300)}`);
  if (!text.startsWith('{')) return wrong;
  const { errors = [] } = JSON.parse(text) as {
    errors?: { message: string; extensions: { code: string } }[];
  };
  for (const error of errors) {
    if (!ALLOWED.has(error.extensions.code)) wrong.push(`code ${error.extensions.code}: ${error.message}`);
    if (JSON.stringify(error).includes(canary)) wrong.push(`repeats a value: ${error.message}`);
  }
  return wrong;
}

describe('under hostile load, the gateway', () => {
  it(`[SES-07] answers ${REQUESTS} requests that no client would send: none breaks it, none is our mistake, none learns anything`, async () => {
    const wrong: string[] = [];
    const statuses = new Map<number, number>();
    let next = 0;
    const work = async () => {
      while (next < REQUESTS) {
        const request = hostileRequest(next++, vocabulary);
        const heard = await send(request).catch((error: unknown) => ({ status: 0, text: String(error) }));
        statuses.set(heard.status, (statuses.get(heard.status) ?? 0) + 1);
        for (const what of wrongWith(request, heard)) wrong.push(`seed ${request.seed}: ${what}`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, work));
    expect(wrong.slice(0, 20)).toEqual([]);
    // A generator that is only ever refused at the first step would prove little.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 50);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(REQUESTS / 4);
    expect(graph.logged.filter((line) => /canary|"level":"?error|failed/.test(line)).slice(0, 5)).toEqual([]);
    expect((await graph.ask('{ services { name } }')).data).toEqual({ services: [{ name: 'Massage' }] });
  }, 600_000);

  it.each([
    ['no request line', 'GARBAGE\r\n\r\n'],
    ['two lengths', 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
    [
      'a length and chunks',
      'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x',
    ],
    [
      'a chunk of nonsense',
      'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['a negative length', 'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n'],
    ['no host', 'POST /graphql HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}'],
    ['a folded header', 'POST /graphql HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\ncontent-length: 2\r\n\r\n{}'],
    ['headers without an end', `POST /graphql HTTP/1.1\r\nhost: a\r\n${'x: y\r\n'.repeat(10_000)}`],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('closes a connection that speaks %s, and tells it nothing', async (_what, bytes) => {
    graph.asked.splice(0);
    const { hostname, port } = new URL(graph.url);
    const said = await new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes, 'latin1'));
      socket.on('data', (chunk: Buffer) => void (heard += chunk.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(heard));
    });
    expect(said).toMatch(/^(?:HTTP\/1\.1 4\d\d |$)/);
    expect(said).not.toMatch(LEAKS);
    expect(graph.asked).toEqual([]);
  });

  it('[SES-07] answers others while a hundred clients never finish what they began', async () => {
    const { hostname, port } = new URL(graph.url);
    const begun =
      'POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"que';
    const slow = await Promise.all(
      Array.from(
        { length: 100 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve) => {
            const socket = connect({ host: hostname, port: Number(port) }, () =>
              socket.write(begun, () => resolve(socket)),
            );
            socket.on('error', () => undefined);
          }),
      ),
    );
    expect((await graph.ask('{ services { name } }')).data).toEqual({ services: [{ name: 'Massage' }] });
    // They leave in the middle: nobody waits for them, and nothing is asked on their behalf.
    graph.asked.splice(0);
    for (const socket of slow) socket.destroy();
    expect((await graph.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(graph.asked).toEqual([]);
  });
});

import { PASSPORT_HEADER, openPassportVerifier } from '@kept/passport';
import { json, listen, openLog, type HttpAnswer } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { composeGraph } from '../compose/compose-graph.ts';
import { ANNA, BERT, CLINIC, DORA, PARTS } from '../test-graph/subgraphs.ts';
import { openTestGraph, passportKeyOf, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import type { DownloadLimits } from './settings.ts';

interface Received {
  id: string;
  coordinates: string[];
  records: {
    id: string;
    actor: { kind: string; id: string | null };
    answered: number[];
    denied: number[];
    violations: number[];
    subjects: { id: string; fields: number[] }[];
    rows: number;
    requestId: string;
    organizationId: string;
    occurrences: number;
    operation: { name: string | null; hash: string; kind: string };
  }[];
}

const FRONT_DESK: Person = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
};
const PROVIDER: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const CLIENT: Person = { kind: 'CLIENT', id: ANNA };

// The test graph's clients and visits, kept for a purpose.
const supergraphSdl = composeGraph(
  Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs })),
).replaceAll(/(type (?:Client|Visit)\b[^{]*@access\(allow: \[[^\]]*\])/g, '$1, purposes: [BOOKING_SERVICE]');

/** Stands where compliance does: takes batches, with a passport or not at all. */
async function openCompliance(graph: () => TestGraph | undefined) {
  const batches: Received[] = [];
  const answers: ((body: string) => HttpAnswer | undefined)[] = [];
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    log: openLog({ service: 'compliance', level: 'silent' }),
    routes: [
      {
        method: 'POST',
        path: '/access-records',
        handle: ({ body, headers }) => {
          const clock = graph()?.clock ?? (() => new Date());
          const verifier = openPassportVerifier({
            service: 'compliance',
            keys: [passportKeyOf('compliance')],
            clock,
          });
          const caller = verifier.verify(String(headers[PASSPORT_HEADER]), body);
          if (caller.kind !== 'SERVICE' || caller.operationName !== 'access-records') return json(403, {});
          const instead = answers.shift()?.(String(body));
          if (instead) return instead;
          batches.push(JSON.parse(String(body)) as Received);
          return json(200, { stored: 1 });
        },
      },
    ],
  });
  const named = () =>
    batches.flatMap(({ coordinates, records }) =>
      records.map((record) => {
        const names = (numbers: number[]) => numbers.map((number) => coordinates[number]);
        return {
          ...record,
          answered: names(record.answered),
          denied: names(record.denied),
          subjects: record.subjects.map(({ id, fields }) => ({ id, fields: names(fields) })),
        };
      }),
    );
  return { ...server, batches, answers, named };
}

async function open(downloadLimits?: DownloadLimits) {
  let graph: TestGraph | undefined;
  const compliance = await openCompliance(() => graph);
  const opened = await openTestGraph(
    { supergraphSdl, accessRecordsEveryMs: 20, ...(downloadLimits && { downloadLimits }) },
    { compliance: { url: `${compliance.url}/graphql`, key: passportKeyOf('compliance') } },
  );
  graph = opened;
  return {
    graph: opened,
    compliance,
    one: (asked: () => Promise<unknown>) => nextRecord(compliance, asked),
    stop: async () => {
      await opened.stop();
      await compliance.stop();
    },
  };
}

async function nextRecord(
  compliance: Awaited<ReturnType<typeof openCompliance>>,
  asked: () => Promise<unknown>,
) {
  const before = compliance.named().length;
  await asked();
  return eventually(() => compliance.named()[before]);
}

let test: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  test = await open();
});
afterAll(() => test.stop());

it('[LOG-01] says who was given which fields of whom, and nothing of what stood in them', async () => {
  const record = await test.one(() =>
    test.graph.ask('query Desk { clients { who: id displayName mail: email } }', { as: FRONT_DESK }),
  );
  expect(record).toMatchObject({
    actor: { kind: 'STAFF', id: FRONT_DESK.id },
    organizationId: CLINIC.organizationId,
    operation: { name: 'Desk', kind: 'query' },
    rows: 2,
    answered: ['Client.id', 'Client.displayName', 'Client.email'],
    subjects: [ANNA, BERT].map((id) => ({ id, fields: ['Client.id', 'Client.displayName', 'Client.email'] })),
    denied: [],
  });
  const text = JSON.stringify(test.compliance.batches);
  expect([text.includes('Anna'), text.includes('example.org')]).toEqual([false, false]);
});

it('[LOG-01] counts only what was really answered: not what is null, nor what was denied', async () => {
  const record = await test.one(() =>
    test.graph.ask(`{ clients { id displayName birthday } }`, { as: FRONT_DESK }),
  );
  expect(record.answered).toEqual(['Client.id', 'Client.displayName']);
  expect(record.denied).toEqual(['Client.birthday']);
});

it('knows whose visit it is by the client in it, over aliases, fragments and subgraphs', async () => {
  const record = await test.one(() =>
    test.graph.ask(
      `query { v: visits { ...Part ... on Visit { whose: client { n: displayName i: id } } } } fragment Part on Visit { at: startsAt }`,
      { as: PROVIDER },
    ),
  );
  expect(record.subjects).toEqual([
    { id: ANNA, fields: expect.arrayContaining(['Visit.startsAt', 'Client.displayName', 'Client.id']) },
  ]);
  expect(record.rows).toBe(2);
});

it('knows the person who was asked for by id, also when the answer does not repeat it', async () => {
  const literal = await test.one(() =>
    test.graph.ask(`{ client(id: "${ANNA}") { email } }`, { as: FRONT_DESK }),
  );
  expect(literal.subjects).toEqual([{ id: ANNA, fields: ['Client.email'] }]);
  const variable = await test.one(() =>
    test.graph.ask(`query ($who: ID!) { client(id: $who) { email } }`, {
      as: FRONT_DESK,
      variables: { who: BERT },
    }),
  );
  expect(variable.subjects).toEqual([{ id: BERT, fields: ['Client.email'] }]);
});

it('counts rows where nothing says whose they are, and takes a client for the owner of what they see', async () => {
  const unnamed = await test.one(() => test.graph.ask(`{ clients { email } }`, { as: FRONT_DESK }));
  expect(unnamed).toMatchObject({ rows: 2, subjects: [] });
  const own = await test.one(() => test.graph.ask(`{ visits { startsAt } }`, { as: CLIENT }));
  expect(own.subjects).toEqual([{ id: ANNA, fields: ['Visit.startsAt'] }]);
});

it('tells objects apart by their type where the answer has it', async () => {
  const record = await test.one(() =>
    test.graph.ask(
      `{ parties { __typename ... on Client { id displayName } ... on StaffMember { displayName } } }`,
      {
        as: FRONT_DESK,
      },
    ),
  );
  expect(record).toMatchObject({ rows: 2, answered: ['Client.id', 'Client.displayName'] });
});

it('writes nothing about answers in which nothing is personal', async () => {
  await test.graph.ask('{ services { name } staff { displayName } }', { as: FRONT_DESK });
  const record = await test.one(() => test.graph.ask(`{ clients { id } }`, { as: FRONT_DESK }));
  expect(record.answered).toEqual(['Client.id']);
});

it('[LAW-44] records a refused mutation with the coordinate, although nothing was answered', async () => {
  const record = await test.one(() =>
    test.graph.ask('mutation { openVault { content } }', { as: FRONT_DESK }),
  );
  expect(record).toMatchObject({ rows: 0, answered: [], operation: { kind: 'mutation' } });
  expect(record.denied).toEqual(['Mutation.openVault']);
});

it('adds up what callers without a name are denied: a flood of them is one record a minute', async () => {
  const headers = { 'kept-organization': CLINIC.organizationId };
  const before = test.compliance.named().length;
  for (let turn = 0; turn < 30; turn += 1) await test.graph.ask('{ clients { email } }', { headers });
  for (let turn = 0; turn < 5; turn += 1) await test.graph.ask('{ clients { email } }');
  test.graph.clock.advance(60_000);
  const records = await eventually(() => {
    const found = test.compliance.named().slice(before);
    return found.length > 0 ? found : null;
  });
  expect(records).toMatchObject([
    { actor: { kind: 'ANONYMOUS', id: null }, occurrences: 30, organizationId: CLINIC.organizationId },
  ]);
  expect(records[0]?.denied).toContain('Query.clients');
});

it('repeats a batch whose answer was lost, as it was, until it is stored; one that cannot be used is given up', async () => {
  const bodies: string[] = [];
  const failing = (status: number) => (body: string) => {
    bodies.push(body);
    return json(status, {});
  };
  test.compliance.answers.push(failing(500), failing(503));
  const record = await test.one(() => test.graph.ask(`{ clients { id } }`, { as: FRONT_DESK }));
  expect(record.subjects).toHaveLength(2);
  const stored = test.compliance.batches.at(-1);
  expect(bodies.map((body) => (JSON.parse(body) as Received).id)).toEqual([stored?.id, stored?.id]);
  test.compliance.answers.push(failing(400));
  await test.graph.ask(`{ clients { email } }`, { as: FRONT_DESK });
  await eventually(() => bodies.length === 3);
  expect(
    (await test.one(() => test.graph.ask(`{ client(id: "${ANNA}") { id } }`, { as: FRONT_DESK }))).answered,
  ).toEqual(['Client.id']);
});

it('hands over what is left when it stops', async () => {
  const last = await open();
  await last.graph.ask(`{ clients { email } }`, { as: FRONT_DESK });
  await last.graph.stop();
  expect(last.compliance.named()).toHaveLength(1);
  await last.compliance.stop();
});

describe('[DET-04] somebody who reads very much from this gateway', () => {
  const limits = { windowMinutes: 60, peopleMax: 1, rowsMax: 1_000 };
  const read = (graph: TestGraph, id: string, as: Person = FRONT_DESK) =>
    graph.ask(`{ client(id: "${id}") { email } }`, { as });

  it('is not stopped where the setting only tells', async () => {
    const { graph, stop } = await open({ ...limits, reaction: 'alert' });
    for (const id of [ANNA, BERT, ANNA, BERT]) expect((await read(graph, id)).codes).toEqual([]);
    await stop();
  });

  it('is stopped at once where it throttles, and alone; after the window they go on', async () => {
    const { graph, stop } = await open({ ...limits, reaction: 'throttle' });
    await read(graph, ANNA);
    await read(graph, BERT);
    const refused = await eventually(async () => {
      const answer = await read(graph, ANNA);
      return answer.codes.length > 0 ? answer : null;
    });
    expect(refused).toMatchObject({ status: 429, codes: ['RATE_LIMITED'] });
    expect(refused.errors[0]?.extensions['retryAfterSeconds']).toBeGreaterThanOrEqual(60);
    expect((await read(graph, ANNA, { ...FRONT_DESK, id: DORA })).codes).toEqual([]);
    graph.clock.advance(61 * 60_000);
    expect((await read(graph, ANNA)).codes).toEqual([]);
    await stop();
  });

  it('proves again who they are where it asks for that, and goes on', async () => {
    const { graph, stop } = await open({ ...limits, reaction: 'step-up' });
    const token = await graph.tokenFor(FRONT_DESK);
    const asked = (id: string, with_ = token) =>
      graph.ask(`{ client(id: "${id}") { email } }`, { token: with_ });
    await asked(ANNA);
    await asked(BERT);
    await eventually(async () => (await asked(ANNA)).codes.includes('STEP_UP_REQUIRED'));
    graph.clock.advance(1_000);
    expect((await asked(ANNA)).codes).toEqual(['STEP_UP_REQUIRED']);
    expect((await asked(ANNA, await graph.tokenFor(FRONT_DESK))).codes).toEqual([]);
    await stop();
  });
});

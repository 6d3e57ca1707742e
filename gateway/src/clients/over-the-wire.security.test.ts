// The same guards at the door itself: what is refused there reaches no subgraph, and what the app and the browser say
// reaches them only as the gateway understood it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIENCES, openDecisions, purposesOf, readAccessMap, WITHHELD } from '@kept/access-policy';
import { openLog } from '@kept/subgraph-kit';
import { getOperationAST, parse, validate } from 'graphql';
import { apiSchemaOf } from '../api-schema.ts';
import { readManifest } from '../documents/manifest.ts';
import { coordinatesOf } from '../authorize/coordinates-of.ts';
import { openTestGraph, readAnswer, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA } from '../test-graph/subgraphs.ts';
import { openClients } from './open-clients.ts';
import { readRegistry } from './registry.ts';

const root = join(import.meta.dirname, '../..');
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const SERVICES = 'query Services($first: Int) { services(first: $first) { name } }';
const ME = 'query Me { viewer { id displayName phone } }';
const NEWS = 'query News { viewer { id phone } }';
const anna = { kind: 'CLIENT' as const, id: ANNA };
const log = openLog({ service: 'test', level: 'silent' });

const clients = openClients({
  apps: readRegistry({
    clients: [
      {
        id: 'clinic',
        kind: 'mobile',
        minimumVersion: '2.4.0',
        storeUrl: 'https://apps.example/clinic',
        purposes: { default: ['BOOKING_SERVICE'], allowed: ['BOOKING_SERVICE', 'MARKETING_NEWS'] },
      },
    ],
  }),
  verifyAttestation: () => Promise.resolve('refused'),
  log,
});
const APP = { 'kept-client': 'clinic', 'kept-client-version': '2.4.0' };

const directories: string[] = [];
function manifest(...texts: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'kept-documents-'));
  directories.push(directory);
  const operations = texts.map((body) => ({ id: hash(body), body }));
  const json = {
    app: 'clinic',
    purposes: { News: ['MARKETING_NEWS'] },
    manifest: { format: 'apollo-persisted-query-manifest', version: 1, operations },
  };
  writeFileSync(join(directory, 'clinic.json'), JSON.stringify(json));
  return directory;
}

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({
    clients,
    documents: { directory: manifest(SERVICES, ME, NEWS), adHoc: false },
  });
});
afterAll(async () => {
  await graph.stop();
  for (const directory of directories) rmSync(directory, { recursive: true });
});
beforeEach(() => void graph.asked.splice(0));

const post = async (body: object, headers: Record<string, string> = {}) =>
  readAnswer(
    await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }),
  );
const signedIn = async () => ({ authorization: `Bearer ${await graph.tokenFor(anna)}` });

describe('production', () => {
  it('answers documents of its apps, by id, by hash and by text', async () => {
    const data = { services: [{ name: 'Massage' }] };
    const persistedQuery = { version: 1, sha256Hash: hash(SERVICES) };
    for (const body of [
      { documentId: `sha256:${hash(SERVICES)}` },
      { extensions: { persistedQuery } },
      { query: SERVICES },
      { query: `\n${SERVICES}\n# a comment` },
    ])
      expect(await post({ ...body, variables: { first: 1 } })).toMatchObject({ status: 200, data });
  });

  it('[gateway A31] answers nothing else, introspection least of all, and asks no subgraph', async () => {
    for (const query of [
      '{ services { name } }',
      '{ __schema { types { name } } }',
      'query Services { __typename }',
      'mutation { openVault { content } }',
      'not GraphQL at all',
    ]) {
      const { status, codes, text } = await post({ query });
      expect([status, codes]).toEqual([400, ['DOCUMENT_NOT_TRUSTED']]);
      expect(text).not.toContain('data');
    }
    expect(graph.asked).toEqual([]);
  });

  it('registers nothing that a client sends: the hash of a refused text stays unknown', async () => {
    const query = '{ services { name } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash(query) } };
    expect((await post({ query, extensions })).codes).toEqual(['DOCUMENT_NOT_TRUSTED']);
    expect((await post({ extensions })).codes).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  });

  it('[gateway A32] limits the variables of a trusted document like any other', async () => {
    const asked = await post({ documentId: hash(SERVICES), variables: { first: 101 } });
    expect([asked.status, asked.codes]).toEqual([400, ['LIMIT_EXCEEDED']]);
  });

  it('does not start with a manifest of broken documents, and names each with what is wrong', async () => {
    const broken: [string, RegExp][] = [
      ['query Weight { services { weight } }', /Cannot query field "weight" on type "Service"/],
      [`query Deep { services ${'{ again '.repeat(10)} { name } ${'}'.repeat(10)} }`, /levels of fields/],
      ['query Schema { __schema { types { name } } }', /Introspection/],
      ['query Card { echo(text: "4111 1111 1111 1111") }', /card/],
      ['query Fine { services { name } } query Second { nothing }', /nothing/],
    ];
    const directory = manifest(SERVICES, ...broken.map(([text]) => text));
    const reason = await openTestGraph({ documents: { directory, adHoc: false } }).then(
      () => 'It started.',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
    for (const [text, why] of broken) {
      const line = reason.split('\n').find((each) => each.includes(hash(text)));
      expect(line).toMatch(/clinic\.json: the document \w+/);
      expect(line).toMatch(why);
    }
    expect(reason).not.toContain(hash(SERVICES));
  });
});

describe('an app', () => {
  it('[MOB-02] that is too old is refused before anything is asked, and told from which version and where', async () => {
    const { status, codes, errors } = await post(
      { documentId: hash(ME) },
      { ...(await signedIn()), ...APP, 'kept-client-version': '2.3.9' },
    );
    expect([status, codes]).toEqual([400, ['UPGRADE_REQUIRED']]);
    expect(errors).toEqual([
      {
        message: 'Version 2.4.0 of this app is needed. Please update it.',
        extensions: {
          code: 'UPGRADE_REQUIRED',
          minimumVersion: '2.4.0',
          storeUrl: 'https://apps.example/clinic',
        },
      },
    ]);
    expect(graph.asked).toEqual([]);
  });

  it('[LAW-01] that nobody knows gets what is personal to nobody, and nothing else', async () => {
    for (const headers of [{}, { 'kept-client': 'stranger' }, { 'kept-purpose': 'BOOKING_SERVICE' }]) {
      const { data, errors } = await post({ documentId: hash(ME) }, { ...(await signedIn()), ...headers });
      expect(data).toEqual({ viewer: { id: anna.id, displayName: 'Anna', phone: null } });
      expect(errors).toMatchObject([
        { path: ['viewer', 'phone'], extensions: { code: 'PURPOSE_VIOLATION' } },
      ]);
    }
    expect(JSON.stringify(graph.asked.map(({ query }) => query))).not.toContain('phone');
    expect((await post({ documentId: hash(SERVICES) })).codes).toEqual([]);
  });

  it('[LAW-01] has its own purposes, its manifest’s, or the one it says, and no other', async () => {
    const asked = async (text: string, more: Record<string, string> = {}) => {
      const { data, codes } = await post(
        { documentId: hash(text) },
        { ...(await signedIn()), ...APP, ...more },
      );
      return [data?.['viewer'] ?? null, codes];
    };
    const born = { id: anna.id, phone: 'phone of Anna' };
    const withheld = { id: anna.id, phone: null };
    expect(await asked(ME)).toEqual([{ ...born, displayName: 'Anna' }, []]);
    expect(await asked(NEWS)).toEqual([withheld, ['PURPOSE_VIOLATION']]);
    expect(await asked(NEWS, { 'kept-purpose': 'BOOKING_SERVICE' })).toEqual([born, []]);
    expect(await asked(ME, { 'kept-purpose': 'MARKETING_NEWS' })).toEqual([
      { ...withheld, displayName: 'Anna' },
      ['PURPOSE_VIOLATION'],
    ]);
    expect(await asked(ME, { 'kept-purpose': 'PAYMENT' })).toEqual([null, ['PURPOSE_VIOLATION']]);
  });
});

describe('a browser', () => {
  const signals = () =>
    graph.asked.map(({ passport }) => {
      const principal = Buffer.from(passport.split('.')[4] ?? '', 'base64url').toString();
      // What is as it mostly is stays out of a passport.
      return (JSON.parse(principal) as { globalPrivacyControl?: boolean }).globalPrivacyControl ?? false;
    });

  it.each([
    ['1', true],
    ['0', false],
    ['true', false],
    [undefined, false],
  ])('[LAW-47] that says Sec-GPC: %s is understood so by every subgraph', async (value, understood) => {
    await post(
      { documentId: hash(ME) },
      { ...(await signedIn()), ...APP, ...(value !== undefined && { 'sec-gpc': value }) },
    );
    expect(signals()).toEqual([understood]);
  });

  it('[LAW-47] finds that the signal is honoured', async () => {
    const response = await fetch(`${graph.url}/.well-known/gpc.json`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ gpc: true });
  });

  it('may send these headers from an app’s own origin', async () => {
    const response = await fetch(`${graph.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    const allowed = response.headers.get('access-control-allow-headers')?.split(', ') ?? [];
    expect(allowed).toEqual(
      expect.arrayContaining(['kept-client', 'kept-client-version', 'kept-purpose', 'kept-attestation']),
    );
  });
});

it('every operation that this repository ships fits the graph, and asks for nothing that its purposes are not for', () => {
  const sdl = readFileSync(join(root, 'supergraph.graphql'), 'utf8');
  const decisions = openDecisions(readAccessMap(parse(sdl)));
  const schema = apiSchemaOf(sdl);
  const file = 'operations/manifest/kept.json';
  const shipped = readManifest({ file, json: JSON.parse(readFileSync(join(root, file), 'utf8')) });
  const withheld = shipped.documents.flatMap(({ text }) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    const name = getOperationAST(document)?.name?.value;
    const purposes = shipped.purposes.get(name ?? '') ?? purposesOf(AUDIENCES);
    const table = decisions.tableFor(AUDIENCES, purposes);
    return [...coordinatesOf(document, { schema, decisions })]
      .filter((coordinate) => table[coordinate] === WITHHELD)
      .map((coordinate) => `${name}: ${decisions.coordinates[coordinate]}`);
  });
  expect(withheld).toEqual([]);
  expect(shipped.documents.length).toBeGreaterThan(15);
});

import { getIntrospectionQuery } from 'graphql';
import { openTestGraph, type TestGraph } from '../test-graph/open-test-graph.ts';

// The checks of graphql-cop 1.15 (github.com/dolevf/graphql-cop), written down as what they look for: a server with
// default settings fails half of them. Each opens a cheap way to overload a server, to read its schema, or to make
// somebody's browser send an operation.
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const times = (count: number, part: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ');
const get = (query: string) =>
  fetch(`${graph.url}/graphql?query=${encodeURIComponent(query)}`, { headers: { accept: 'text/html' } });
const post = (body: string, type: string) =>
  fetch(`${graph.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });

describe('graphql-cop finds', () => {
  afterEach(() => expect(graph.asked).toEqual([]));

  it('[gateway A28] no alias overloading: a hundred aliases of one field', async () => {
    const { status, codes } = await graph.ask(
      `query cop { ${times(101, (at) => `alias${at}: __typename`)} }`,
    );
    expect([status, codes]).toEqual([400, ['LIMIT_EXCEEDED']]);
  });

  it('no array batching: ten operations in one request', async () => {
    const answer = await post(
      JSON.stringify(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }' }))),
      'application/json',
    );
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      errors: [{ message: 'Send one operation per request.', extensions: { code: 'BAD_INPUT' } }],
    });
  });

  it('no directive overloading: ten times the same, or one that nobody knows', async () => {
    for (const directives of [times(10, () => '@aa'), times(500, () => '@skip(if: false)')]) {
      const { status, errors } = await graph.ask(`query cop { __typename ${directives} }`);
      expect(status).toBe(400);
      // graphql-cop takes one error per directive for a server that looked at each of them.
      expect(errors.length).toBeLessThan(7);
    }
  });

  it('no field duplication: five hundred times the same field', async () => {
    const { status, codes } = await graph.ask(`query cop { ${times(500, () => '__typename')} }`);
    expect([status, codes]).toEqual([400, ['LIMIT_EXCEEDED']]);
  });

  it('no introspection, and no circular one', async () => {
    const circular = `query cop { __schema { types { fields { type { fields { type { fields { type { fields {
      type { name } } } } } } } } } } }`;
    for (const query of [getIntrospectionQuery(), circular, 'query cop { __schema { types { name } } }']) {
      const { status, data } = await graph.ask(query);
      expect([status, data]).toEqual([400, undefined]);
    }
  });

  it('[gateway A31] no field suggestions', async () => {
    for (const query of [
      'query cop { __schema { directive } }',
      '{ service { nme } }',
      '{ echo(txt: "a") }',
    ]) {
      expect((await graph.ask(query)).text).not.toContain('Did you mean');
    }
  });

  it('[gateway A24] no queries and no mutations by GET', async () => {
    for (const query of ['query cop { __typename }', 'mutation cop { __typename }']) {
      const answer = await get(query);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
      expect(await answer.text()).not.toContain('"data"');
    }
  });

  it('[gateway A24] no operations in forms, plain text or uploads', async () => {
    const form = await post('query=query+cop+%7B__typename%7D', 'application/x-www-form-urlencoded');
    const text = await post('{"query":"query cop { __typename }"}', 'text/plain');
    const upload = await post(
      '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
    );
    expect([form.status, text.status, upload.status]).toEqual([400, 400, 400]);
  });

  it('no GraphiQL and no playground', async () => {
    for (const path of ['/', '/graphql', '/graphiql', '/playground', '/console']) {
      const answer = await fetch(`${graph.url}${path}`, { headers: { accept: 'text/html' } });
      expect([404, 405]).toContain(answer.status);
      expect(await answer.text()).not.toMatch(/graphiql|playground|<html/i);
    }
  });

  it('[gateway A34] no tracing, whichever header asks for it', async () => {
    const { text } = await graph.ask('query cop { __typename }', {
      headers: { 'apollo-tracing': '1', 'x-apollo-tracing': '1', 'apollo-federation-include-trace': 'ftv1' },
    });
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  it('[gateway A29] no unhandled errors: neither exception nor stack trace', async () => {
    const { text, codes } = await graph.ask('qwerty cop { abc }');
    expect(codes).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(text).not.toMatch(/exception|stack|trace|at .*:\d+/i);
  });
});

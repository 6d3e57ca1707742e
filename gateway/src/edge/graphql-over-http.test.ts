import { serverAudits } from 'graphql-http';
import { openTestGraph, readAnswer, type TestGraph } from '../test-graph/open-test-graph.ts';

// The audits of the GraphQL over HTTP working group's reference implementation. Two MUSTs of it introspect.
let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph({ developmentPages: { organizationId: undefined } });
});
afterAll(() => graph.stop());

/**
 * What we do differently, on purpose. Operations come by POST alone: a GET could be sent by any page (A24) and stands in
 * logs and histories. And a refused operation is 4xx for clients of `application/json` too: proxies, alerts and people
 * look at the status first.
 */
const ON_PURPOSE: Readonly<Record<string, string>> = {
  '572B': 'SHOULD use 200 status code on document parsing failure when accepting application/json',
  FDE2: 'SHOULD use 200 status code on document validation failure when accepting application/json',
  '7B9B': 'SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
  '5A70': 'MAY accept application/x-www-form-urlencoded formatted GET requests',
  D6D5: 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
  '6A70': 'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
};

describe('GraphQL over HTTP', () => {
  it('is spoken as its audits want it: no error, and nothing else left out than what is named', async () => {
    const results = await Promise.all(
      serverAudits({ url: `${graph.url}/graphql`, fetchFn: fetch }).map((audit) => audit.fn()),
    );
    expect(results).toHaveLength(60);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    const others = results.filter(({ status }) => status !== 'ok');
    expect(Object.fromEntries(others.map(({ id, name }) => [id, name]))).toEqual(ON_PURPOSE);
  });

  const query = '{ services { name } }';
  const ask = async (accept: string, body: object = { query }) => {
    const response = await fetch(`${graph.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify(body),
    });
    return readAnswer(response);
  };

  it.each([
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*;q=0.5', 'application/json'],
    ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json'],
    ['application/json;q=0.4, application/graphql-response+json;q=0.6', 'application/graphql-response+json'],
    ['application/json, application/graphql-response+json;q=0.6', 'application/json'],
    ['text/html, Application/JSON; charset=UTF-8', 'application/json'],
  ])('answers a client that accepts %s with %s', async (accept, type) => {
    const { status, headers } = await ask(accept);
    expect([status, headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
  });

  it.each(['text/html', 'application/xml', 'application/json;q=0', 'application/json; charset=utf-16', 'x'])(
    'says what there is to a client that accepts only %s, and asks nobody',
    async (accept) => {
      graph.asked.splice(0);
      const { status, codes, errors } = await ask(accept);
      expect([status, codes]).toEqual([406, ['BAD_INPUT']]);
      expect(errors[0]?.message).toContain('application/graphql-response+json');
      expect(graph.asked).toEqual([]);
    },
  );

  it('answers 200 whenever there is data, also where a part is missing, and says in its own type what was refused', async () => {
    const partial = await ask('application/graphql-response+json', { query: '{ broken services { name } }' });
    expect([partial.status, partial.codes]).toEqual([200, ['INTERNAL']]);
    const refused = await ask('application/graphql-response+json', { query: '{ nothing }' });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    expect(refused.data).toBeUndefined();
  });

  it('tells where in the document an error lies', async () => {
    const { errors } = await ask('*/*', { query: '{\n  services { nam }\n}' });
    expect(errors).toEqual([
      {
        message: 'Cannot query field "nam" on type "Service".',
        locations: [{ line: 2, column: 14 }],
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
  });
});

import { openTestGraph } from '../test-graph/open-test-graph.ts';

describe('the development pages', () => {
  it('are GraphiQL from this machine alone, with the demo organization filled in', async () => {
    const organizationId = '99999999-9999-4999-8999-999999999999';
    const graph = await openTestGraph({ developmentPages: { organizationId } });
    try {
      const page = await fetch(graph.url);
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(html).not.toMatch(/https?:/);
      const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
      expect(files).toHaveLength(5);
      for (const file of files) expect((await fetch(new URL(file, graph.url))).status).toBe(200);
      expect(await (await fetch(`${graph.url}/graphiql/start.js`)).text()).toContain(organizationId);
      const { data } = await graph.ask('{ __type(name: "Client") { fields { name } } }');
      expect(data).toMatchObject({
        __type: { fields: expect.arrayContaining([{ name: 'email' }]) as unknown },
      });
    } finally {
      await graph.stop();
    }
  });

  it('say what an app shows where the links of mails lead, and are not there in production', async () => {
    const graph = await openTestGraph({ developmentPages: { organizationId: undefined } });
    try {
      const asked = await fetch(new URL('/manage', graph.url));
      expect([asked.status, await asked.text()]).toEqual([200, expect.stringContaining('bookingByLink')]);
      for (const path of ['/check-message', '/privacy?purpose=booking.service&language=de'])
        expect((await fetch(new URL(path, graph.url))).status).toBe(200);
    } finally {
      await graph.stop();
    }
    const production = await openTestGraph();
    try {
      expect((await fetch(new URL('/manage', production.url))).status).toBe(404);
    } finally {
      await production.stop();
    }
  });

  it('answer the introspection query of GraphiQL, which is deeper than any limit', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const graph = await openTestGraph({ developmentPages: { organizationId: undefined } });
    try {
      const { data, errors } = await graph.ask(getIntrospectionQuery());
      expect(errors).toEqual([]);
      expect(data).toHaveProperty('__schema.types');
    } finally {
      await graph.stop();
    }
  });
});

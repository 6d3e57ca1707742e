import { openLifetime, openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { startGateway } from './start-gateway.ts';
import { ISSUER, openTestGraph, passportKeyOf } from './test-graph/open-test-graph.ts';

const log = openLog({ service: 'test', level: 'silent' });

describe('the gateway', () => {
  it('lets a request under way finish when it stops, and takes no new ones', async () => {
    const graph = await openTestGraph();
    const slow = graph.ask('{ slow }');
    await eventually(() => graph.asked.length === 1);
    const stopping = graph.stop();
    expect((await slow).data).toEqual({ slow: 'at last' });
    await stopping;
    await expect(graph.ask('{ services { name } }')).rejects.toThrow();
  });

  it('starts while no subgraph and no key set is there: start order is nobody’s business', async () => {
    const graph = await openTestGraph();
    const { supergraphSdl } = graph;
    await graph.stop();
    const nowhere = (service: string) => ({ url: 'http://127.0.0.1:9/graphql', key: passportKeyOf(service) });
    const options = {
      host: '127.0.0.1',
      port: 0,
      supergraphSdl,
      subgraphs: {
        identity: nowhere('identity'),
        scheduling: nowhere('scheduling'),
        payments: nowhere('payments'),
      },
      jwksUrl: 'http://127.0.0.1:9/jwks.json',
      tokenIssuer: ISSUER,
      allowedOrigins: [],
      trustedProxies: 0,
      developmentPages: false as const,
      clock: () => new Date(),
      log,
    };
    const lifetime = openLifetime(log);
    const { url } = await startGateway(options, lifetime);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const port = Number(new URL(url).port);
    await expect(startGateway({ ...options, port }, openLifetime(log))).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use by another program.`,
    );
    await lifetime.stop();
    const { payments: _left, ...incomplete } = options.subgraphs;
    const broken = startGateway({ ...options, subgraphs: incomplete }, openLifetime(log));
    await expect(broken).rejects.toThrow(/"payments", for which there is no address/);
  });

  it('does not start with a supergraph that has a field without a rule', async () => {
    const graph = await openTestGraph();
    await graph.stop();
    const open = graph.supergraphSdl
      .replace(/salary: Int[^\n]*/, 'salary: Int\n  bonus: Int')
      .replaceAll('@access(allow: [PUBLIC])\n{', '{');
    await expect(openTestGraph({ supergraphSdl: open })).rejects.toThrow(
      /StaffMember\.bonus: has no @access/,
    );
  });
});

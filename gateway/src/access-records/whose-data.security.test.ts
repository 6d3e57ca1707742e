// The hole this keeps closed: whoever reads somebody's data without the record saying whose it was. The person is asked for by
// id and the answer does not repeat it, so the record must read the question as the service does.
import { json, listen, openLog } from '@kept/subgraph-kit';
import { eventually } from '@kept/testing';
import { composeGraph } from '../compose/compose-graph.ts';
import { openTestGraph, passportKeyOf } from '../test-graph/open-test-graph.ts';
import { BERT, PARTS } from '../test-graph/subgraphs.ts';

// The test graph's clients, kept for a purpose.
const supergraphSdl = composeGraph(
  Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs })),
).replaceAll(/(type Client\b[^{]*@access\(allow: \[[^\]]*\])/g, '$1, purposes: [BOOKING_SERVICE]');
const FRONT_DESK = {
  kind: 'STAFF',
  id: '66666666-6666-4666-8666-666666666666',
  roles: ['FRONT_DESK'],
} as const;

it('[LOG-01] knows the person whose id stands in the default of a variable', async () => {
  const subjects: string[][] = [];
  const compliance = await listen({
    host: '127.0.0.1',
    port: 0,
    log: openLog({ service: 'compliance', level: 'silent' }),
    routes: [
      {
        method: 'POST',
        path: '/access-records',
        handle: ({ body }) => {
          const { records } = JSON.parse(String(body)) as { records: { subjects: { id: string }[] }[] };
          subjects.push(...records.map((record) => record.subjects.map(({ id }) => id)));
          return json(200, {});
        },
      },
    ],
  });
  const graph = await openTestGraph(
    { supergraphSdl, accessRecordsEveryMs: 20 },
    { compliance: { url: `${compliance.url}/graphql`, key: passportKeyOf('compliance') } },
  );
  const query = `query ($who: ID! = "${BERT}") { client(id: $who) { email } }`;
  const { data } = await graph.ask(query, { as: FRONT_DESK });
  expect(data).toEqual({ client: { email: expect.any(String) as string } });
  expect(await eventually(() => subjects[0])).toEqual([BERT]);
  await graph.stop();
  await compliance.stop();
});

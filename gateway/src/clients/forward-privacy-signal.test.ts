import { openLog } from '@kept/subgraph-kit';
import { callerOf, eventually } from '@kept/testing';
import type { RequestContext } from '../context.ts';
import type { FetchSubgraph } from '../fetch/open-subgraphs.ts';
import { unavailable, type SubgraphAnswer } from '../fetch/read-answer.ts';
import { builtInApp } from './client-app.ts';
import { openPrivacySignals } from './forward-privacy-signal.ts';

const contextOf = (caller: RequestContext['caller']): RequestContext => ({
  caller,
  audiences: ['PUBLIC'],
  purposes: [],
  client: builtInApp({ id: null, version: null }),
  deadline: performance.now() + 1,
  signal: AbortSignal.abort(),
  log: openLog({ service: 'test', level: 'silent' }),
});
const saying = (more: object = {}) =>
  contextOf({ ...callerOf({ kind: 'CLIENT' }), globalPrivacyControl: true, ...more });

function open(answers: SubgraphAnswer[] = []) {
  const asked: { service: string; body: unknown; context: Parameters<FetchSubgraph>[2] }[] = [];
  const forward = openPrivacySignals((service, { body }, context) => {
    asked.push({ service, body: JSON.parse(String(body)), context });
    return Promise.resolve(answers.shift() ?? { data: { __typename: 'Query' } });
  });
  return { asked, forward };
}

it('[LAW-47] a client’s signal reaches compliance whatever they ask, once, although they have gone already', () => {
  const { asked, forward } = open();
  const context = saying();
  for (let time = 0; time < 3; time++) forward(context);
  expect(asked).toEqual([
    {
      service: 'compliance',
      body: { query: '{ __typename }' },
      context: expect.objectContaining({ caller: context.caller }),
    },
  ]);
  expect(asked[0]?.context.signal.aborted).toBe(false);
  forward(saying());
  expect(asked).toHaveLength(2);
});

it('[LAW-47] nothing is sent for those who do not say it, have not signed in, or work here', () => {
  const { asked, forward } = open();
  forward(saying({ globalPrivacyControl: false }));
  forward(saying({ kind: 'ANONYMOUS', accountId: null }));
  forward(saying({ kind: 'STAFF' }));
  expect(asked).toEqual([]);
});

it('[LAW-47] is tried again with the next operation when compliance did not answer', async () => {
  const { asked, forward } = open([unavailable]);
  const context = saying();
  await eventually(() => {
    forward(context);
    return asked.length === 2;
  });
  forward(context);
  expect(asked).toHaveLength(2);
});

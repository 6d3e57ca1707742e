import { parse } from 'graphql';
import { openApolloPlanner } from './apollo-planner.ts';
import { openCompiledExecutor } from './compiled-executor.ts';
import type { Planner } from './plan.ts';
import { composeProof } from './proof-graph/open-proof-graph.ts';
import { PROOF_SCHEMAS } from './proof-graph/schemas.ts';

const apollo = openApolloPlanner(composeProof(PROOF_SCHEMAS));
const document = parse('{ me { name } }');
const plan = apollo.plan(document);
const context = { signal: new AbortController().signal, log: { error: () => undefined } };

function openCounting() {
  let planned = 0;
  const planner: Planner = { ...apollo, plan: () => ((planned += 1), plan) };
  const execute = openCompiledExecutor({
    planner,
    ask: (_service, _request, _context: typeof context) => Promise.resolve({ data: { me: { name: 'Ada' } } }),
  });
  const ask = (queryHash: string) => execute({ document, queryHash, variables: {}, context });
  return { ask, planned: () => planned };
}

it('plans an operation once', async () => {
  const { ask, planned } = openCounting();
  for (let time = 0; time < 3; time++) expect((await ask('one')).data).toEqual({ me: { name: 'Ada' } });
  await Promise.all([ask('two'), ask('two')]);
  expect(planned()).toBe(2);
});

it('keeps a thousand operations and no more, those that were asked for last', async () => {
  const { ask, planned } = openCounting();
  for (let at = 0; at < 1_000; at++) await ask(`hash ${at}`);
  await ask('hash 0');
  expect(planned()).toBe(1_000);
  await ask('one more');
  await ask('hash 0');
  expect(planned()).toBe(1_001);
  await ask('hash 1');
  expect(planned()).toBe(1_002);
});

it('does not keep one that could not be planned', async () => {
  let fails = true;
  const planner: Planner = {
    ...apollo,
    plan(asked) {
      if (fails) throw new Error('no plan');
      return apollo.plan(asked);
    },
  };
  const execute = openCompiledExecutor({
    planner,
    ask: (_service, _request, _context: typeof context) => Promise.resolve({ data: { me: { name: 'Ada' } } }),
  });
  const ask = () => execute({ document, queryHash: 'hash', variables: {}, context });
  await expect(ask()).rejects.toThrow('no plan');
  fails = false;
  expect((await ask()).data).toEqual({ me: { name: 'Ada' } });
});

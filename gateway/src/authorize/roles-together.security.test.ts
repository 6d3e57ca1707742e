// Plans and pruned documents are kept, and many ask at once. The hole: what one role was given reaches another, because it
// came before, or at the same time, or because a cache is keyed by the text alone (databend #19897, cosmo #2521).
import { purposesOf, audiencesOf } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { callerOf } from '@kept/testing';
import type { ExecutorName } from '../compiled/settings.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';
import { openSpiedGraph, type SpiedGraph } from './spied-graph.ts';
import { syntaxesOf, type Syntax } from './syntaxes.ts';

const PEOPLE: Readonly<Record<string, Caller>> = {
  anonymous: callerOf({ kind: 'ANONYMOUS' }),
  client: callerOf({ kind: 'CLIENT', accountId: ANNA }),
  desk: callerOf({ kind: 'STAFF', accountId: DORA, roles: ['FRONT_DESK'] }),
  manager: callerOf({ kind: 'STAFF', accountId: DORA, roles: ['MANAGER'] }),
};
const SYNTAXES = syntaxesOf({
  type: 'StaffMember',
  field: 'salary',
  way: 'staff',
  interfaceWay: 'named',
  unionWay: 'parties',
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}

describe.each(['compiled', 'stock'] satisfies ExecutorName[])('under the %s executor', (executor) => {
  const ask = (spied: SpiedGraph, who: string, { query, variables }: Syntax) => {
    const caller = PEOPLE[who] ?? callerOf({ kind: 'ANONYMOUS' });
    return spied.ask({ text: query, variables, caller, purposes: purposesOf(audiencesOf(caller)) });
  };
  const seesSalaries = (data: unknown) => /5000|4000/.test(JSON.stringify(data));

  it('[gateway A13] each role is decided anew, in every order of roles and every syntax', async () => {
    const spied = await openSpiedGraph({ executor });
    for (const [at, order] of permutations(Object.keys(PEOPLE)).entries()) {
      for (const given of SYNTAXES) {
        // A text that nobody has asked yet: whoever comes first fills the caches.
        const syntax = { ...given, query: given.query.replace(/^query/, `query Order${at}`) };
        for (const who of order) {
          spied.sent.splice(0);
          const { data } = await ask(spied, who, syntax);
          const heard = spied.sent.some(({ query }) => query.includes('salary'));
          const expected = who === 'manager';
          expect({ order, syntax, who, seen: seesSalaries(data), heard }).toEqual({
            order,
            syntax,
            who,
            seen: expected,
            heard: expected,
          });
        }
      }
    }
    await spied.graph.stop();
  });

  it('[gateway A13] what is taken out for one role is not taken out for another that may see more of it', async () => {
    const spied = await openSpiedGraph({ executor });
    for (const [at, order] of permutations(Object.keys(PEOPLE)).entries()) {
      const query = `query Mixed${at} { staff { salary email } clients { id } visits { id } }`;
      for (const who of order) {
        const { data } = await ask(spied, who, { name: 'mixed', query, variables: {}, key: '' });
        const answer = data as { clients: unknown; visits: unknown };
        const works = who === 'desk' || who === 'manager';
        expect({ order, who, clients: answer.clients !== null, visits: answer.visits !== null }).toEqual({
          order,
          who,
          clients: works,
          visits: works || who === 'client',
        });
      }
    }
    await spied.graph.stop();
  });

  it('[gateway A14] each caller gets their own answer when all ask at once, the first time and again', async () => {
    const spied = await openSpiedGraph({ executor });
    const asking = Array.from({ length: 3 }).flatMap(() =>
      SYNTAXES.flatMap((syntax) => Object.keys(PEOPLE).map((who) => ({ syntax, who }))),
    );
    const answers = await Promise.all(asking.map(({ syntax, who }) => ask(spied, who, syntax)));
    for (const [at, { data }] of answers.entries()) {
      const { who, syntax } = asking[at] ?? {};
      expect({ who, syntax, seen: seesSalaries(data) }).toEqual({ who, syntax, seen: who === 'manager' });
    }
    // The same text with other variables, by two clients at once: whose row it is comes from the passport.
    const text = 'query ($id: ID!) { viewer { displayName } client(id: $id) { birthday } }';
    const others = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        spied.ask({
          text,
          variables: { id: ANNA },
          caller: at % 2 === 0 ? (PEOPLE['client'] as Caller) : callerOf({ kind: 'CLIENT' }),
          purposes: ['BOOKING_SERVICE'],
        }),
      ),
    );
    for (const [at, { data }] of others.entries()) {
      const own = { viewer: { displayName: 'Anna' }, client: { birthday: '1990-01-01' } };
      expect(JSON.parse(JSON.stringify(data))).toEqual(
        at % 2 === 0 ? own : { viewer: null, client: { birthday: null } },
      );
    }
    await spied.graph.stop();
  });
});

// Two ways in which the gateway withholds less. Emergency access opens what the schema marks for it, to queries, until its
// time is over (45 CFR 164.312(a)(2)(ii)); the hole is that it opens more, longer, or to changes. Dry run withholds nothing
// at the gateway, so that a policy can be tried on real traffic; the hole is that the services believe it, or production.
import { parseCaller } from '@kept/passport';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, DORA } from '../test-graph/subgraphs.ts';
import type { Denied } from './denials.ts';
import { authorizationRefusals } from './settings.ts';

const START = Date.UTC(2030, 0, 1) / 1_000;
const provider: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const desk: Person = { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] };
const inEmergency = (person: Person): Person => ({ ...person, emergencyUntil: START + 120 });

describe('emergency access', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await openTestGraph();
  });
  afterAll(() => graph.stop());
  const query = `{ visits { id notes internal } client(id: "${BERT}") { phone birthday } }`;

  it('[LAW-36] opens what is marked for it, everywhere, and nothing else', async () => {
    const before = await graph.ask(query, { as: provider });
    expect(before.data).toEqual({
      visits: [{ id: 'v1', notes: 'of Anna', internal: null }],
      client: { phone: null, birthday: null },
    });
    const during = await graph.ask(query, { as: inEmergency(provider) });
    expect(during.data).toEqual({
      visits: [
        { id: 'v1', notes: 'of Anna', internal: null },
        { id: 'v2', notes: 'of Bert', internal: null },
      ],
      client: { phone: 'phone of Bert', birthday: null },
    });
  });

  it('[LAW-36] opens nothing to a mutation, at the gateway and behind it', async () => {
    const cancel = 'mutation { cancelVisit(id: "v2") { ... on VisitCancelled { visit { id notes } } } }';
    const { data, codes } = await graph.ask(cancel, { as: inEmergency(desk) });
    expect(data).toEqual({ cancelVisit: { visit: { id: 'v2', notes: null } } });
    expect(codes).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    // No passport of a mutation says that there is an emergency.
    const passport = graph.asked.at(-1)?.passport.split('.')[4] ?? '';
    expect(parseCaller(Buffer.from(passport, 'base64url').toString())).toMatchObject({
      emergencyUntil: null,
    });
  });

  it('[LAW-36] ends with its time, though the token lives on; and is nothing without a second factor or for a client', async () => {
    const seen = async (as: Person) => {
      const { data } = await graph.ask(`{ client(id: "${BERT}") { phone } }`, { as });
      return (data as { client: { phone: unknown } | null }).client?.phone ?? null;
    };
    expect(await seen({ ...inEmergency(provider), secondFactor: false })).toBeNull();
    expect(await seen({ kind: 'CLIENT', id: ANNA, emergencyUntil: START + 120 })).toBeNull();
    expect(await seen({ ...provider, emergencyUntil: START + 1 })).toBe('phone of Bert');
    graph.clock.advance(1_000);
    expect(await seen({ ...provider, emergencyUntil: START + 1 })).toBeNull();
  });
});

describe('dry run', () => {
  let graph: TestGraph;
  const reported: Denied[] = [];
  beforeAll(async () => {
    graph = await openTestGraph({
      authorization: 'dry-run',
      onDenied: (denied) => void reported.push(denied),
    });
  });
  afterAll(() => graph.stop());
  beforeEach(() => void reported.splice(0));

  it('says what it would have withheld, lets it pass, and the services withhold it all the same', async () => {
    const { data, errors } = await graph.ask('{ staff { displayName salary } }', { as: desk });
    expect(data).toEqual({
      staff: [
        { displayName: 'Dora', salary: null },
        { displayName: 'Erik', salary: null },
      ],
    });
    // From the service, for each row.
    expect(errors.map(({ path }) => path)).toEqual([
      ['staff', 0, 'salary'],
      ['staff', 1, 'salary'],
    ]);
    expect(reported).toMatchObject([
      {
        coordinates: ['StaffMember.salary'],
        reason: 'AUDIENCE',
        enforced: false,
        context: { caller: { accountId: DORA } },
      },
    ]);
    expect(graph.logged.join('\n')).toMatch(/StaffMember\.salary.*would have been withheld/);
    expect(graph.asked.at(-1)?.query).toContain('salary');
  });

  it('lets an operation pass whose purpose is another, which only the gateway looks at', async () => {
    const { data } = await graph.ask('{ viewer { phone } }', {
      as: { kind: 'CLIENT', id: ANNA },
      headers: { 'kept-purpose': 'PAYMENT' },
    });
    expect(data).toEqual({ viewer: { phone: 'phone of Anna' } });
    expect(reported).toMatchObject([{ coordinates: ['Client.phone'], reason: 'PURPOSE', enforced: false }]);
  });

  it('is refused in production, by name', () => {
    expect(authorizationRefusals({ KEPT_AUTHORIZATION: 'enforce' })).toEqual({});
    expect(Object.keys(authorizationRefusals({ KEPT_AUTHORIZATION: 'dry-run' }))).toEqual([
      'KEPT_AUTHORIZATION',
    ]);
  });
});

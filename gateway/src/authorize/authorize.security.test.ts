import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';

// What a caller may never see leaves the operation before it is planned, whatever syntax is put around it. Each test
// is an attack that got through in a published gateway; the ids are those of docs/security.md.
const anna: Person = { kind: 'CLIENT', id: ANNA };
const desk: Person = { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] };
const provider: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const manager: Person = { kind: 'STAFF', id: DORA, roles: ['MANAGER'] };

let graph: TestGraph;
beforeAll(async () => {
  graph = await openTestGraph();
});
afterAll(() => graph.stop());
beforeEach(() => void graph.asked.splice(0));

const askedFor = (field: string) =>
  graph.asked.filter(({ query }) => new RegExp(`\\b${field}\\b`).test(query));
const denied = (...path: (string | number)[]) => ({
  message: 'You may not see or do this.',
  path,
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
});

describe('a field that a caller may never see', () => {
  const people = 'staff { displayName';
  it.each([
    ['plain', `{ ${people} salary } }`, 'salary'],
    ['under an alias', `{ ${people} pay: salary } }`, 'pay'],
    ['in an inline fragment', `{ ${people} ... on StaffMember { salary } } }`, 'salary'],
    ['in an inline fragment without a type', `{ ${people} ... { salary } } }`, 'salary'],
    ['in a named fragment', `{ ${people} ...F } } fragment F on StaffMember { salary }`, 'salary'],
    [
      'in nested fragments',
      `{ ${people} ...F } } fragment F on StaffMember { ...G } fragment G on StaffMember { salary }`,
      'salary',
    ],
    ['twice', `{ ${people} salary salary } }`, 'salary'],
    ['under @include', `query ($yes: Boolean!) { ${people} salary @include(if: $yes) } }`, 'salary'],
    ['under @skip', `query ($no: Boolean!) { ${people} salary @skip(if: $no) } }`, 'salary'],
    ['under an odd alias', `{ ${people} toString: salary } }`, 'toString'],
  ])('[gateway A6] [gateway A15] is null with its path and nobody is asked: %s', async (_how, query, key) => {
    const { data, errors } = await graph.ask(query, { as: desk, variables: { yes: true, no: false } });
    expect(data).toEqual({
      staff: [
        { displayName: 'Dora', [key]: null },
        { displayName: 'Erik', [key]: null },
      ],
    });
    expect(errors).toEqual([denied('staff', key)]);
    expect(askedFor('salary')).toEqual([]);
  });

  it('is no error where the request leaves it out, and is still not asked', async () => {
    const query = 'query ($yes: Boolean = false) { staff { displayName salary @include(if: $yes) } }';
    const { data, errors } = await graph.ask(query, { as: desk });
    expect(data).toEqual({ staff: [{ displayName: 'Dora' }, { displayName: 'Erik' }] });
    expect(errors).toEqual([]);
    expect(askedFor('salary')).toEqual([]);
  });

  it('can be all that was asked: nothing is sent for a root field, its parent for a nested one', async () => {
    const root = await graph.ask('{ clients { id } }', { as: anna });
    expect(root.data).toEqual({ clients: null });
    expect(root.errors).toEqual([denied('clients')]);
    expect(graph.asked).toEqual([]);
    const nested = await graph.ask('{ staff { salary } }', { as: desk });
    expect(nested.data).toEqual({ staff: [{ salary: null }, { salary: null }] });
  });

  it('keeps the order in which the caller asked', async () => {
    const { text } = await graph.ask('{ staff { salary displayName } services { name } }', { as: desk });
    expect(text).toContain('"data":{"staff":[{"salary":null,"displayName":"Dora"},');
    expect(text).toContain('"services":[{"name":"Massage"}]}}');
  });

  it('[gateway A13] is decided for each role anew: plans do not leak between roles, in any order', async () => {
    const query = '{ staff { displayName salary } }';
    for (const order of permutations([manager, desk, anna, undefined])) {
      for (const as of order) {
        graph.asked.splice(0);
        const { data } = await graph.ask(query, as ? { as } : {});
        const seen = (data as { staff: { salary: number | null }[] }).staff.map(({ salary }) => salary);
        expect(seen).toEqual(as === manager ? [5000, 4000] : [null, null]);
        expect(askedFor('salary')).toHaveLength(as === manager ? 1 : 0);
      }
    }
  });

  it('[gateway A7] stays denied beside introspection fields', async () => {
    const open = await openTestGraph({ developmentPages: { organizationId: undefined } });
    try {
      const { data } = await open.ask('{ __schema { queryType { name } } __typename staff { salary } }', {
        as: desk,
      });
      expect(data).toMatchObject({ __schema: { queryType: { name: 'Query' } }, __typename: 'Query' });
      expect(data?.['staff']).toEqual([{ salary: null }, { salary: null }]);
      expect(open.asked.some(({ query }) => query.includes('salary'))).toBe(false);
    } finally {
      await open.stop();
    }
  });
});

describe('interfaces, unions and types', () => {
  it('[gateway A1] [gateway A2] deny an interface field that one implementation denies', async () => {
    const { data, errors } = await graph.ask('{ named { displayName email } }', { as: provider });
    // For a provider `email` of clients may depend on the row, of staff too: the rows decide, and none is theirs.
    expect((data as { named: { email: unknown }[] }).named.map(({ email }) => email)).toEqual([
      null,
      null,
      'dora@example.org',
      null,
    ]);
    expect(errors.map(({ path }) => path)).toEqual([
      ['named', 0, 'email'],
      ['named', 1, 'email'],
      ['named', 3, 'email'],
    ]);
    graph.asked.splice(0);
    const anonymous = await graph.ask('{ named { id email } services { name } }');
    expect(anonymous.data).toEqual({ named: null, services: [{ name: 'Massage' }] });
    expect(anonymous.errors).toEqual([denied('named', 'id'), denied('named', 'email')]);
    expect(askedFor('email')).toEqual([]);
  });

  it('[gateway A8] keep members of a union apart that share a response key', async () => {
    const query =
      '{ parties { __typename ... on Client { x: email } ... on StaffMember { x: displayName } } }';
    const { data, errors } = await graph.ask(query);
    expect(data).toEqual({
      parties: [
        { __typename: 'Client', x: null },
        { __typename: 'Client', x: null },
        { __typename: 'StaffMember', x: 'Dora' },
        { __typename: 'StaffMember', x: 'Erik' },
      ],
    });
    expect(errors).toEqual([denied('parties', 'x')]);
    expect(askedFor('email')).toEqual([]);
  });

  it('[gateway A8] do not need __typename to be asked for by the caller', async () => {
    const { data } = await graph.ask(
      '{ parties { ... on Client { email } ... on StaffMember { displayName salary } } }',
    );
    expect(data).toEqual({
      parties: [
        { email: null },
        { email: null },
        { displayName: 'Dora', salary: null },
        { displayName: 'Erik', salary: null },
      ],
    });
  });

  it('[gateway A9] deny every field that gives a denied type, before anybody is asked', async () => {
    const { data, errors } = await graph.ask('{ vault { __typename content } }', { as: desk });
    expect(data).toEqual({ vault: null });
    expect(errors).toEqual([denied('vault')]);
    expect(graph.asked).toEqual([]);
    expect((await graph.ask('{ vault { content } }', { as: manager })).data).toEqual({
      vault: { content: 'gold' },
    });
  });
});

describe('mutations', () => {
  it('[gateway A10] are refused whole when a part of their answer is denied, and never sent', async () => {
    const query = `mutation ($input: RoleInput!) { changeRole(input: $input) { trace member { displayName } } }`;
    const { data, errors } = await graph.ask(query, { as: desk, variables: { input: { id: DORA } } });
    expect(data).toBeNull();
    expect(errors).toEqual([denied('changeRole', 'trace')]);
    expect(graph.asked).toEqual([]);
  });

  it('[gateway A10] are refused whole when one of several is denied, or their type is', async () => {
    const several = await graph.ask(
      'mutation { cancelVisit(id: "v1") { __typename } openVault { content } }',
      { as: desk },
    );
    expect(several.data).toBeNull();
    expect(several.errors).toEqual([denied('openVault')]);
    const skipped = await graph.ask('mutation { openVault @skip(if: true) { content } }', { as: desk });
    expect(skipped.data).toBeNull();
    expect(skipped.codes).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    expect(graph.asked).toEqual([]);
  });

  it('[gateway A21] are refused when an input field is not for the caller, as a variable, literal or default', async () => {
    const sent = { id: DORA, role: 'ADMIN' };
    const attempts = [
      graph.ask('mutation ($input: RoleInput!) { changeRole(input: $input) { __typename } }', {
        as: desk,
        variables: { input: sent },
      }),
      graph.ask(`mutation { changeRole(input: { id: "${DORA}", role: "ADMIN" }) { __typename } }`, {
        as: desk,
      }),
      graph.ask(
        `mutation ($input: RoleInput = { id: "${DORA}", role: "ADMIN" }) { changeRole(input: $input) { __typename } }`,
        { as: desk },
      ),
      graph.ask('mutation ($role: String) { changeRole(input: { id: "x", role: $role }) { __typename } }', {
        as: desk,
        variables: { role: 'A' },
      }),
    ];
    for (const { data, codes } of await Promise.all(attempts)) {
      expect(data).toBeNull();
      expect(new Set(codes)).toEqual(new Set(['UNAUTHORIZED_FIELD_OR_TYPE']));
    }
    expect(graph.asked).toEqual([]);
    const allowed = await graph.ask(
      'mutation ($input: RoleInput!) { changeRole(input: $input) { member { displayName } } }',
      {
        as: desk,
        variables: { input: { id: DORA, note: 'hello' } },
      },
    );
    expect(allowed.data).toEqual({ changeRole: { member: { displayName: 'Dora' } } });
  });
});

describe('arguments', () => {
  it('[gateway A20] deny a field whose order or filter would tell what the caller may not read', async () => {
    const order = await graph.ask('{ clients(orderByEmail: true) { id } }', { as: provider });
    expect(order.data).toEqual({ clients: null });
    const literal = await graph.ask('{ clients(filter: { and: [{ email: "a" }] }) { id } }', {
      as: provider,
    });
    expect(literal.data).toEqual({ clients: null });
    const variable = await graph.ask('query ($filter: ClientFilter) { clients(filter: $filter) { id } }', {
      as: provider,
      variables: { filter: { and: [{ name: 'x' }, { email: 'a' }] } },
    });
    expect(variable.data).toBeNull();
    expect(variable.errors).toEqual([
      {
        message: 'You may not see or do this.',
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', field: 'filter.and.email' },
      },
    ]);
    expect(graph.asked).toEqual([]);
    const fine = await graph.ask('{ clients(filter: { name: "Anna" }) { displayName } }', { as: provider });
    expect(fine.data).toEqual({ clients: [{ displayName: 'Anna' }, { displayName: 'Bert' }] });
  });

  it('drop variables that nothing uses any more', async () => {
    const { data } = await graph.ask(
      'query ($f: ClientFilter) { services { name } clients(filter: $f) { id } }',
      {
        as: anna,
        variables: { f: null },
      },
    );
    expect(data).toEqual({ services: [{ name: 'Massage' }], clients: null });
    expect(graph.asked.map(({ query }) => query)).toEqual(['{services{name}}']);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}

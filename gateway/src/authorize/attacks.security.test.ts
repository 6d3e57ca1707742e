// Each test is a class of attack that got through in a published gateway, written in each of nine syntaxes that have hidden
// a field from an authorization before: plain, alias, inline, named and nested fragments, interface, union, duplicate key,
// conditions in variables. Whatever the syntax: null or refused, and no subgraph has heard of it. Under both executors.
import type { ExecutorName } from '../compiled/settings.ts';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, DORA } from '../test-graph/subgraphs.ts';
import { syntaxesOf, type Syntax, type Target } from './syntaxes.ts';

const anna: Person = { kind: 'CLIENT', id: ANNA };
const desk: Person = { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] };
const provider: Person = { kind: 'STAFF', id: DORA, roles: ['PROVIDER'] };
const manager: Person = { kind: 'STAFF', id: DORA, roles: ['MANAGER'] };

const SALARY: Target = {
  type: 'StaffMember',
  field: 'salary',
  way: 'staff',
  interfaceWay: 'named',
  unionWay: 'parties',
};
const DENIED = 'UNAUTHORIZED_FIELD_OR_TYPE';

/** Every value that stands under a key, however deep. */
function valuesUnder(data: unknown, key: string): unknown[] {
  if (Array.isArray(data)) return data.flatMap((item) => valuesUnder(item, key));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) => (name === key ? [value] : valuesUnder(value, key)));
}

describe.each(['compiled', 'stock'] satisfies ExecutorName[])('attacks under the %s executor', (executor) => {
  let graph: TestGraph;
  let open: TestGraph;
  beforeAll(async () => {
    graph = await openTestGraph({ executor });
    open = await openTestGraph({ executor, developmentPages: { organizationId: undefined } });
  });
  afterAll(() => Promise.all([graph.stop(), open.stop()]));

  async function ask(syntax: Syntax, as: Person | undefined, more: { at?: TestGraph; input?: unknown } = {}) {
    const { at = graph, input } = more;
    at.asked.splice(0);
    const variables = { ...syntax.variables, ...(input !== undefined && { input }) };
    const { data, codes, text } = await at.ask(syntax.query, { variables, ...(as && { as }) });
    return { data, codes, text, asked: at.asked.map(({ query }) => query) };
  }

  /** Asks in every syntax; nothing may come back under the key, and nobody may have heard of the field. */
  async function getsNothing(target: Target, as: Person | undefined) {
    const syntaxes = syntaxesOf(target);
    expect(syntaxes.length).toBeGreaterThanOrEqual(target.interfaceWay ? 9 : 7);
    for (const syntax of syntaxes) {
      const { data, codes, asked } = await ask(syntax, as);
      const heard = asked.filter((query) => new RegExp(`\\b${target.field}\\b`).test(query));
      const values = valuesUnder(data, syntax.key).filter((value) => value !== null);
      expect({ ...syntax, values, heard, codes: new Set(codes) }).toEqual({
        ...syntax,
        values: [],
        heard: [],
        codes: new Set([DENIED]),
      });
    }
  }

  it('[gateway A6] [gateway A15] a field that a role may never see, in nine syntaxes', async () => {
    for (const person of [desk, provider, anna, undefined]) await getsNothing(SALARY, person);
    for (const syntax of syntaxesOf(SALARY)) {
      const { data, codes } = await ask(syntax, manager);
      expect({ ...syntax, values: valuesUnder(data, syntax.key), codes }).toEqual({
        ...syntax,
        values: [5000, 4000],
        codes: [],
      });
    }
  });

  it('[gateway A1] [gateway A2] an interface’s field that one implementation denies, in nine syntaxes', async () => {
    const email = { type: 'Named', field: 'email', way: 'named' };
    await getsNothing(email, undefined);
    const around = { type: 'Client', field: 'email', interfaceWay: 'named', unionWay: 'parties' };
    await getsNothing({ ...around, way: 'named' }, undefined);
    // Asked for through the type that may be read, the same name is answered: the rule is the object's.
    const { data } = await graph.ask(
      '{ named { ... on StaffMember { displayName } ... on Client { displayName } } }',
    );
    expect(valuesUnder(data, 'displayName')).toEqual([null, null, 'Dora', 'Erik']);
  });

  it('[gateway A7] a denied field beside introspection, in nine syntaxes', async () => {
    for (const syntax of syntaxesOf(SALARY)) {
      const mixed = {
        ...syntax,
        query: syntax.query.replace(
          '{',
          '{ __schema { queryType { name } } t: __type(name: "Vault") { name }',
        ),
      };
      const { data, codes, asked } = await ask(mixed, desk, { at: open });
      expect({ query: mixed.query, data, codes }).toMatchObject({
        data: { __schema: { queryType: { name: 'Query' } }, t: { name: 'Vault' } },
        codes: [DENIED],
      });
      expect(valuesUnder(data, syntax.key).filter((value) => value !== null)).toEqual([]);
      expect(asked.join()).not.toContain('salary');
    }
  });

  it('[gateway A8] one response key for a denied and an allowed field of different types', async () => {
    const cases = [
      '{ parties { ... on Client { x: email } ... on StaffMember { x: displayName } } }',
      '{ named { ... on Client { x: email } ... on StaffMember { x: displayName } } }',
      '{ parties { ...C ...S } } fragment C on Client { x: email } fragment S on StaffMember { x: displayName }',
      '{ parties { ... { ...C } ... { ...S } } } fragment C on Client { x: email } fragment S on StaffMember { x: displayName }',
      '{ parties { ... on StaffMember { x: displayName } ... on Client { x: email } } }',
      '{ parties { ... on Named { ... on Client { x: email } } ... on StaffMember { x: displayName } } }',
      'query ($yes: Boolean!) { parties { ... on Client { x: email } ... on StaffMember @include(if: $yes) { x: displayName } } }',
    ];
    for (const query of cases) {
      const { data, codes, asked } = await ask(
        { name: '', query, variables: { yes: true }, key: 'x' },
        undefined,
      );
      expect({ query, values: valuesUnder(data, 'x'), codes }).toEqual({
        query,
        values: [null, null, 'Dora', 'Erik'],
        codes: [DENIED],
      });
      expect(asked.join()).not.toContain('email');
    }
  });

  it('[gateway A9] whatever gives a denied type, in every syntax: lists, unions and objects alike', async () => {
    for (const syntax of syntaxesOf({ type: 'Query', field: 'vault { content }', way: '' })) {
      const { data, codes, asked } = await ask(syntax, desk);
      expect({ ...syntax, data, codes: new Set(codes), asked }).toEqual({
        ...syntax,
        data: { [syntax.key]: null },
        codes: new Set([DENIED]),
        asked: [],
      });
    }
    await getsNothing({ type: 'Vault', field: 'content', way: 'vault' }, desk);
  });

  it('[gateway A10] a mutation with a denied part of its answer, in every syntax: nothing is sent', async () => {
    const payload: Target = {
      operation: 'mutation',
      type: 'RoleChanged',
      field: 'trace',
      way: 'changeRole(input: $input)',
      declared: '$input: RoleInput!',
    };
    const root = { ...payload, type: 'Mutation', field: 'cancelVisit(id: "v1") { __typename }', way: '' };
    for (const [target, person, input] of [
      [payload, desk, { id: DORA }],
      [{ ...root, declared: '' }, provider, undefined],
    ] as const) {
      for (const syntax of syntaxesOf(target)) {
        const { data, codes, asked } = await ask(syntax, person, { input });
        expect({ ...syntax, data, codes: new Set(codes), asked }).toEqual({
          ...syntax,
          data: null,
          codes: new Set([DENIED]),
          asked: [],
        });
      }
    }
  });

  it('[gateway A16] somebody else’s row behind a field that depends on the row, in nine syntaxes', async () => {
    const birthday = { type: 'Client', field: 'birthday', interfaceWay: 'named', unionWay: 'parties' };
    for (const way of [`client(id: "${BERT}")`, `client(id: "${ANNA}")`]) {
      for (const syntax of syntaxesOf({ ...birthday, way })) {
        const { data, text } = await ask(syntax, anna);
        const values = valuesUnder(data, syntax.key).filter((value) => value !== null);
        // Her own where the question reaches her, and never Bert's.
        const reachesHer = way.includes(ANNA) || syntax.name === 'interface' || syntax.name === 'union';
        expect({ ...syntax, way, values }).toEqual({
          ...syntax,
          way,
          values: reachesHer ? ['1990-01-01'] : [],
        });
        expect(text).not.toContain('1980-01-01');
      }
    }
  });

  it('[gateway A19] fields that say nothing of their own are for whomever their type is for', async () => {
    const inherited = { type: 'Client', interfaceWay: 'named', unionWay: 'parties', way: 'named' };
    await getsNothing({ ...inherited, field: 'displayName' }, undefined);
  });

  it('[gateway A20] an order or filter that would tell what may not be read, in every syntax', async () => {
    for (const field of [
      'clients(orderByEmail: true) { id }',
      'clients(orderByEmail: false) { id }',
      'clients(filter: { email: "a" }) { id }',
      'clients(filter: { and: [{ and: { email: "a" } }] }) { id }',
    ]) {
      for (const syntax of syntaxesOf({ type: 'Query', field, way: '' })) {
        const { data, codes, asked } = await ask(syntax, provider);
        expect({ ...syntax, data, codes: new Set(codes), asked }).toEqual({
          ...syntax,
          data: { [syntax.key]: null },
          codes: new Set([DENIED]),
          asked: [],
        });
      }
    }
  });

  it('[gateway A20] [gateway A21] an input in a variable, in every syntax and shape that lists coerce from', async () => {
    const target: Target = {
      type: 'Query',
      field: 'clients(filter: $input) { displayName }',
      way: '',
      declared: '$input: ClientFilter',
    };
    for (const syntax of syntaxesOf(target)) {
      for (const input of [{ email: 'a' }, { and: [{ email: null }] }, { and: { and: { email: 'a' } } }]) {
        const { data, codes, asked } = await ask(syntax, provider, { input });
        expect({ ...syntax, input, data, codes, asked }).toEqual({
          ...syntax,
          input,
          data: null,
          codes: [DENIED],
          asked: [],
        });
      }
      const fine = await ask(syntax, provider, { input: { and: { name: 'a' } } });
      expect({ ...syntax, codes: fine.codes, seen: valuesUnder(fine.data, 'displayName') }).toEqual({
        ...syntax,
        codes: [],
        seen: ['Anna', 'Bert'],
      });
    }
  });

  it('[gateway A23] names of prototypes as aliases change nothing about a decision', async () => {
    for (const alias of ['toString', 'hasOwnProperty', 'valueOf']) {
      const { text, codes, asked } = await ask(
        { name: alias, query: `{ staff { ${alias}: salary displayName } }`, variables: {}, key: alias },
        desk,
      );
      expect({ alias, codes, leaked: text.includes('5000') }).toEqual({
        alias,
        codes: [DENIED],
        leaked: false,
      });
      expect(asked.join()).not.toContain('salary');
    }
    for (const alias of ['__proto__', 'constructor', 'prototype']) {
      const query = `{ staff { ${alias}: salary } }`;
      const refused = await ask({ name: alias, query, variables: {}, key: alias }, manager);
      expect({ alias, codes: refused.codes, asked: refused.asked }).toEqual({
        alias,
        codes: ['BAD_INPUT'],
        asked: [],
      });
    }
    expect(({} as Record<string, unknown>)['salary']).toBeUndefined();
  });
});

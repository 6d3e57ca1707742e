// Personal data is given for the purposes it was collected for (GDPR article 5(1)(b)), and no more of it than the work needs
// (45 CFR 164.502(b)). The hole: an operation whose role may see a field, asked for something that it is not kept for. It
// gets null with the reason, the rest of its answer, and somebody hears of it; no service is asked.
import { readRegistry } from '../clients/registry.ts';
import { openClients } from '../clients/open-clients.ts';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, DORA } from '../test-graph/subgraphs.ts';
import type { Denied } from './denials.ts';
import { syntaxesOf } from './syntaxes.ts';

const anna: Person = { kind: 'CLIENT', id: ANNA };
const desk: Person = { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] };
const PHONE = { type: 'Client', field: 'phone', way: 'viewer', interfaceWay: 'named', unionWay: 'parties' };

let graph: TestGraph;
const reported: Denied[] = [];
beforeAll(async () => {
  graph = await openTestGraph({ onDenied: (denied) => void reported.push(denied) });
});
afterAll(() => graph.stop());
beforeEach(() => {
  graph.asked.splice(0);
  reported.splice(0);
  graph.logged.splice(0);
});

const violation = (...path: string[]) => ({
  message: 'This is kept for other purposes than the one of this operation.',
  path,
  extensions: { code: 'PURPOSE_VIOLATION' },
});
const asked = () => graph.asked.map(({ query }) => query).join();

describe('a personal field', () => {
  it('[LAW-01] outside its purposes is null with its path, in nine syntaxes, and no service is asked for it', async () => {
    for (const syntax of syntaxesOf(PHONE)) {
      graph.asked.splice(0);
      const { text, codes } = await graph.ask(syntax.query, {
        as: anna,
        variables: syntax.variables,
        headers: { 'kept-purpose': 'PAYMENT' },
      });
      expect({ ...syntax, codes: new Set(codes), leaked: text.includes('phone of') }).toEqual({
        ...syntax,
        codes: new Set(['PURPOSE_VIOLATION']),
        leaked: false,
      });
      expect(asked()).not.toContain('phone');
      const right = await graph.ask(syntax.query, {
        as: anna,
        variables: syntax.variables,
        headers: { 'kept-purpose': 'BOOKING_SERVICE' },
      });
      expect({ ...syntax, seen: right.text.includes('phone of Anna') }).toEqual({ ...syntax, seen: true });
    }
  });

  it('[LAW-01] is refused to an app that the registry does not know, and to one without a purpose', async () => {
    const apps = readRegistry({
      clients: [
        { id: 'portal', kind: 'web', purposes: { default: ['BOOKING_SERVICE'] } },
        { id: 'kiosk', kind: 'staff', purposes: { default: [] } },
      ],
    });
    const clients = openClients({ apps, verifyAttestation: () => Promise.resolve('ok'), log: silent() });
    const registered = await openTestGraph({ clients });
    try {
      const as = (app: string | undefined) =>
        registered.ask('{ viewer { displayName phone } services { name } }', {
          as: anna,
          headers: app ? { 'kept-client': app } : {},
        });
      for (const app of [undefined, 'stranger', 'kiosk']) {
        const { data, errors } = await as(app);
        expect({ app, data }).toEqual({
          app,
          data: { viewer: { displayName: 'Anna', phone: null }, services: [{ name: 'Massage' }] },
        });
        expect(errors).toEqual([violation('viewer', 'phone')]);
      }
      expect((await as('portal')).data).toMatchObject({ viewer: { phone: 'phone of Anna' } });
    } finally {
      await registered.stop();
    }
  });

  it('[LAW-44] an over-broad query is trimmed to what the purpose needs, and reported without a value', async () => {
    const { data, errors } = await graph.ask('{ viewer { displayName phone newsletter birthday } }', {
      as: anna,
      headers: { 'kept-purpose': 'BOOKING_SERVICE' },
    });
    expect(data).toEqual({
      viewer: { displayName: 'Anna', phone: 'phone of Anna', newsletter: null, birthday: '1990-01-01' },
    });
    expect(errors).toEqual([violation('viewer', 'newsletter')]);
    expect(reported).toMatchObject([
      {
        coordinates: ['Client.newsletter'],
        reason: 'PURPOSE',
        enforced: true,
        context: { purposes: ['BOOKING_SERVICE'] },
      },
    ]);
    expect(graph.logged.join('\n')).toMatch(/Client\.newsletter.*withheld/);
    expect(graph.logged.join('\n')).not.toContain('phone of Anna');
  });

  it('[LAW-44] what is missing for the role is told before what is missing for the purpose', async () => {
    const { errors } = await graph.ask('{ clients { newsletter phone } }', {
      as: desk,
      headers: { 'kept-purpose': 'ACCOUNT_SECURITY' },
    });
    expect(errors).toMatchObject([
      // A member of staff could be the client: it depends on the row, and the purpose comes before the row.
      violation('clients', 'newsletter'),
      violation('clients', 'phone'),
    ]);
    const salary = await graph.ask('{ staff { salary } }', { as: desk });
    expect(salary.codes).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });

  it('of a type that is personal as a whole takes the field with it that gives it', async () => {
    const query = '{ viewer { displayName address { street } } }';
    const { data, errors } = await graph.ask(query, { as: anna, headers: { 'kept-purpose': 'PAYMENT' } });
    expect(data).toEqual({ viewer: { displayName: 'Anna', address: null } });
    expect(errors).toEqual([violation('viewer', 'address')]);
    expect((await graph.ask(query, { as: anna })).data).toEqual({
      viewer: { displayName: 'Anna', address: { street: 'street of Anna' } },
    });
  });

  it('is decided for each purpose anew, whichever was asked first', async () => {
    const query = '{ viewer { phone } }';
    for (const purpose of ['PAYMENT', 'BOOKING_SERVICE', 'PAYMENT', 'ACCOUNT_SECURITY', 'BOOKING_SERVICE']) {
      const { data } = await graph.ask(query, { as: anna, headers: { 'kept-purpose': purpose } });
      expect({ purpose, data }).toEqual({
        purpose,
        data: { viewer: { phone: purpose === 'BOOKING_SERVICE' ? 'phone of Anna' : null } },
      });
    }
  });
});

describe('a mutation', () => {
  const mutation = `mutation ($input: ContactInput!) { changeContact(input: $input) { client { id phone } } }`;
  const sent = { id: ANNA, phone: '+1' };

  it('[LAW-01] [gateway A10] with a part that is kept for something else is refused whole, in every syntax', async () => {
    const target = {
      operation: 'mutation' as const,
      type: 'ContactChanged',
      field: 'client { phone }',
      way: 'changeContact(input: $input)',
      declared: '$input: ContactInput!',
    };
    for (const syntax of syntaxesOf(target)) {
      const { data, codes } = await graph.ask(syntax.query, {
        as: anna,
        variables: { ...syntax.variables, input: { id: ANNA } },
        headers: { 'kept-purpose': 'PAYMENT' },
      });
      expect({ ...syntax, data, codes: new Set(codes) }).toEqual({
        ...syntax,
        data: null,
        codes: new Set(['PURPOSE_VIOLATION']),
      });
    }
    expect(graph.asked).toEqual([]);
  });

  it('[LAW-01] [gateway A21] takes personal data only for what it is kept for, as variable and literal', async () => {
    const as = { as: anna, headers: { 'kept-purpose': 'PAYMENT' } };
    const selection = '{ client { id } }';
    const variable = await graph.ask(mutation.replace('{ client { id phone } }', selection), {
      ...as,
      variables: { input: sent },
    });
    expect(variable.errors).toEqual([
      { ...violation(), path: undefined, extensions: { code: 'PURPOSE_VIOLATION', field: 'input.phone' } },
    ]);
    const literal = await graph.ask(
      `mutation { changeContact(input: { id: "${ANNA}", phone: "+1" }) ${selection} }`,
      as,
    );
    expect(literal.data).toBeNull();
    expect(literal.codes).toEqual(['PURPOSE_VIOLATION']);
    expect(graph.asked).toEqual([]);
    const right = await graph.ask(mutation, { as: anna, variables: { input: sent } });
    expect(right.data).toEqual({ changeContact: { client: { id: ANNA, phone: 'phone of Anna' } } });
  });
});

const silent = () =>
  ({
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    debug: () => undefined,
    child: () => silent(),
  }) as never;

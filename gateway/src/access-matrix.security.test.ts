import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isForPurpose, purposesOf, readAccessMap, type Purpose } from '@kept/access-policy';
import { buildSchema, getNamedType, isCompositeType, parse, type GraphQLField } from 'graphql';
import {
  accessMatrix,
  accessMatrixRows,
  MATRIX_CALLERS,
  type MatrixCaller,
  type MatrixRow,
} from './access-matrix.ts';
import { mutationsOf } from './limits/authentication-mutations.ts';
import { startListener, type Listener } from './test-graph/listener.ts';
import { openTestGraph, type Person, type TestGraph } from './test-graph/open-test-graph.ts';
import { ANNA, DORA } from './test-graph/subgraphs.ts';

const root = join(import.meta.dirname, '../..');
const supergraphSdl = readFileSync(join(root, 'gateway/supergraph.graphql'), 'utf8');
const rows = accessMatrixRows(supergraphSdl);

const staff = (secondFactor: boolean, ...roles: string[]): Person => ({
  kind: 'STAFF',
  id: DORA,
  roles,
  secondFactor,
});
const PEOPLE: Readonly<Record<MatrixCaller, Person | undefined>> = {
  anonymous: undefined,
  client: { kind: 'CLIENT', id: ANNA },
  'staff without second factor': staff(false, 'PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'),
  provider: staff(true, 'PROVIDER'),
  'front desk': staff(true, 'FRONT_DESK'),
  billing: staff(true, 'BILLING'),
  manager: staff(true, 'MANAGER'),
  compliance: staff(true, 'COMPLIANCE'),
  'in an emergency': { ...staff(true), emergencyUntil: Date.UTC(2031, 0, 1) / 1_000 },
};
const callers = Object.keys(MATRIX_CALLERS) as MatrixCaller[];

// Whoever holds a manage link may do what it names, whoever has worked for it may ask for a slot without an account.
const OPEN_BESIDE_IDENTITY = ['cancelByLink', 'confirmAttendanceByLink', 'requestSlot', 'rescheduleByLink'];

describe('docs/access-matrix.md', () => {
  it('[ACC-01] [ACC-02] is what the committed supergraph says: a change of access is a change of this file', () => {
    const file = join(root, 'docs/access-matrix.md');
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(accessMatrix(supergraphSdl));
  });

  it('[AUT-01] lets staff without a second factor do nothing that is for staff: below, each is asked of a gateway', () => {
    const ofStaff = rows.filter(
      ({ verb, answers }) => verb === 'do' && answers.anonymous === 'deny' && answers.client === 'deny',
    );
    expect(ofStaff.length).toBeGreaterThan(80);
    expect(ofStaff.filter(({ answers }) => answers['staff without second factor'] !== 'deny')).toEqual([]);
  });

  it('[ACC-01] has a line for every query and mutation, and no mutation that everybody may do but the doors, each named', () => {
    const schema = buildSchema(supergraphSdl, { assumeValid: true });
    for (const type of [schema.getQueryType(), schema.getMutationType()]) {
      for (const field of Object.keys(type?.getFields() ?? {})) {
        expect(rows.map(({ coordinate }) => coordinate)).toContain(`${type?.name}.${field}`);
      }
    }
    const open = rows.filter(({ verb, answers }) => verb === 'do' && answers.anonymous === 'allow');
    const identity = mutationsOf(parse(supergraphSdl), 'identity');
    // Identity's are the ways to sign in and to undo what somebody else did in one's name.
    const others = open.map(({ coordinate }) => coordinate.replace('Mutation.', ''));
    expect(others.filter((name) => !identity.has(name)).toSorted()).toEqual(OPEN_BESIDE_IDENTITY);
  });
});

// The real supergraph, its four subgraphs replaced by a listener that writes down what it is asked: what a role may not
// ask or do must not arrive there, and what it may must.
describe('the gateway with the committed supergraph', () => {
  let graph: TestGraph;
  let services: Listener;
  beforeAll(async () => {
    services = await startListener();
    graph = await openTestGraph({ supergraphSdl }, services.subgraphs);
  });
  afterAll(async () => {
    await graph.stop();
    await services.stop();
  });

  const operation = (kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>) => {
    const needed = field.args.filter(({ type }) => String(type).endsWith('!'));
    const variables = needed.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
    const given = needed.map(({ name }) => `${name}: $${name}`).join(', ');
    const selection = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
    return `${kind} ${variables && `(${variables})`} { ${field.name}${given && `(${given})`}${selection} }`;
  };

  it('[ACC-01] sends what a role may ask or do, and refuses the rest of it without asking anybody', async () => {
    const schema = buildSchema(supergraphSdl, { assumeValid: true });
    const access = readAccessMap(parse(supergraphSdl));
    for (const [kind, type] of [
      ['query', schema.getQueryType()],
      ['mutation', schema.getMutationType()],
    ] as const) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        const row = rows.find(({ coordinate }) => coordinate === `${type?.name}.${field.name}`);
        for (const caller of callers) {
          services.heard.splice(0);
          const as = PEOPLE[caller];
          const variables = Object.fromEntries(
            field.args.map(({ name, type: of }) => [name, exampleOf(String(of), access)]),
          );
          const { codes } = await graph.ask(operation(kind, field), { variables, ...(as && { as }) });
          const seen = { field: field.name, caller, denied: codes.includes('UNAUTHORIZED_FIELD_OR_TYPE') };
          expect(seen).toEqual({ ...seen, denied: row?.answers[caller] === 'deny' });
          const { heard } = services;
          if (seen.denied) expect({ ...seen, heard }).toEqual({ ...seen, heard: [] });
        }
      }
    }
  }, 180_000);

  // An object without its required fields: the planner refuses it or the subgraph would; who may ask is decided before.
  const exampleOf = (type: string, access: ReturnType<typeof readAccessMap>): unknown => {
    const name = type.replaceAll(/[![\]]/g, '');
    const value = access.types.get(name)?.input ? {} : name === 'Int' || name === 'MinorUnits' ? 1 : 'x';
    return type.startsWith('[') ? [value] : value;
  };
});

// Every field of the test graph, asked by every role for every purpose of theirs, with real rows behind it.
describe('each field for each role', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await openTestGraph();
  });
  afterAll(() => graph.stop());

  const ROWS: Readonly<Record<string, string>> = {
    StaffMember: 'staff',
    Visit: 'visits',
    Vault: 'vault',
    Service: 'services',
    Client: `client(id: "${ANNA}")`,
  };
  const BELOW: Readonly<Record<string, string>> = {
    client: ' { id }',
    address: ' { street }',
    again: ' { name }',
  };

  type Seen = 'value' | 'UNAUTHORIZED_FIELD_OR_TYPE' | 'PURPOSE_VIOLATION' | 'row';
  let all: readonly MatrixRow[];
  function expectedOf(row: MatrixRow, caller: MatrixCaller, purposes: readonly Purpose[]): Seen {
    const [type = ''] = row.coordinate.split('.');
    const door = `Query.${/^\w+/.exec(ROWS[type] ?? '')?.[0]}`;
    const way = all.find(({ coordinate }) => coordinate === door);
    if (row.answers[caller] === 'deny' || way?.answers[caller] === 'deny')
      return 'UNAUTHORIZED_FIELD_OR_TYPE';
    if (!isForPurpose(row.purposes, purposes)) return 'PURPOSE_VIOLATION';
    return row.answers[caller] === 'allow' ? 'value' : 'row';
  }

  it('[ACC-02] [LAW-44] is a value, or null with the reason, exactly as the matrix says: a set of fields per role and purpose', async () => {
    all = accessMatrixRows(graph.supergraphSdl);
    const own = all.filter(
      ({ coordinate, verb }) => verb === 'read' && (coordinate.split('.')[0] ?? '') in ROWS,
    );
    expect(own.length).toBeGreaterThan(20);
    const seen = new Set<Seen>();
    for (const row of own) {
      const [type = '', field = ''] = row.coordinate.split('.');
      for (const caller of callers) {
        const natural = purposesOf(MATRIX_CALLERS[caller]);
        for (const purposes of row.purposes.length > 0
          ? [natural, ...natural.map((one) => [one])]
          : [natural]) {
          graph.asked.splice(0);
          const as = PEOPLE[caller];
          const headers = purposes.length > 0 ? { 'kept-purpose': purposes.join() } : {};
          const query = `{ rows: ${ROWS[type] ?? ''} { ${field}${BELOW[field] ?? ''} } }`;
          const { data, codes } = await graph.ask(query, { headers, ...(as && { as }) });
          const found = (data as { rows: unknown }).rows;
          const list = (Array.isArray(found) ? found : [found]) as (Record<string, unknown> | null)[];
          const expected = expectedOf(row, caller, purposes);
          const cell = { coordinate: row.coordinate, caller, purposes, expected, codes };
          seen.add(expected);
          if (expected === 'row') continue;
          if (expected === 'value') {
            expect({ ...cell, empty: list.filter((each) => each && each[field] === null) }).toEqual({
              ...cell,
              empty: [],
            });
            continue;
          }
          const asked = graph.asked.filter(({ query: sent }) => new RegExp(`\\b${field}\\b`).test(sent));
          expect({ ...cell, values: list.map((each) => each?.[field] ?? null), asked }).toEqual({
            ...cell,
            codes: expect.arrayContaining([expected]) as unknown,
            values: list.map(() => null),
            asked: field === 'id' ? expect.anything() : [],
          });
        }
      }
    }
    expect(seen).toEqual(new Set(['value', 'row', 'UNAUTHORIZED_FIELD_OR_TYPE', 'PURPOSE_VIOLATION']));
  }, 300_000);
});

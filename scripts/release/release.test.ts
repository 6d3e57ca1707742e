// An app that was built last year must go on working: what it can name goes only after a day that was said beforehand.
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema, parse } from 'graphql';
import { graphChangelog } from './changelog.ts';
import { changesBetween, problemsOf } from './graph-changes.ts';
import { compareVersions, graphFiles, GRAPH_FOLDER } from './graph-files.ts';
import { manifestOf, operationsOf } from './make-manifest.ts';
import { operationFiles } from './operation-files.ts';

const root = join(import.meta.dirname, '../..');
const graph = (more: string, booking = '') =>
  buildSchema(
    `type Query { booking(id: ID!, deep: Boolean): Booking } type Booking { id: ID! ${booking} } ${more}`,
  );
const check = (before: string, after: string, { today = '2027-06-01', accepted = [] as string[] } = {}) =>
  problemsOf({
    before: buildSchema(before),
    after: buildSchema(after),
    today,
    accepted: accepted.map((change) => ({ change, reason: 'because it could not wait' })),
  });

describe('a release', () => {
  const q = (fields: string, more = '') => `type Query { a: String ${fields} } ${more}`;
  const OLD = '@deprecated(reason: "Use a, until 2027-05-31.")';

  it.each([
    ['a field', q('b: String'), q(''), 'Query.b was removed.'],
    ['an argument', q('b(c: Int): String'), q('b: String'), 'Query.b arg c was removed.'],
    ['a value', q('b: E', 'enum E { X Y }'), q('b: E', 'enum E { X }'), 'Y was removed from enum type E.'],
    ['a type', q('b: B', 'type B { c: Int }'), q('b: String'), 'B was removed.'],
    ['what a field gives', q('b: String'), q('b: Int'), 'Query.b changed type from String to Int.'],
    ['that a field is never null', q('b: String!'), q('b: String'), 'Query.b changed type'],
    ['an argument that must be sent', q('b: String'), q('b(c: Int!): String'), 'A required arg c on Query.b'],
    [
      'an input',
      q('b(i: I): Int', 'input I { x: Int y: Int }'),
      q('b(i: I): Int', 'input I { x: Int }'),
      'I.y was removed.',
    ],
    [
      'a member of a union',
      q('b: U', 'union U = A | B type A { x: Int } type B { x: Int }'),
      q('b: U', 'union U = A type A { x: Int } type B { x: Int }'),
      'B was removed from union type U.',
    ],
  ])('cannot take away or change %s that apps may name', (_what, ...[before, after, change]) => {
    expect(check(before, before)).toEqual([]);
    expect(check(before, after).join('\n')).toContain(change);
  });

  it.each([
    ['a field', q(`b: String ${OLD}`), q('')],
    ['an argument', q(`b(c: Int ${OLD}): String`), q('b: String')],
    ['a value', q('b: E', `enum E { X Y ${OLD} }`), q('b: E', 'enum E { X }')],
    [
      'an input',
      q('b(i: I): Int', `input I { x: Int y: Int ${OLD} }`),
      q('b(i: I): Int', 'input I { x: Int }'),
    ],
    ['a field with its type', q(`b: B ${OLD}`, 'type B { c: C } type C { x: Int }'), q('')],
  ])('may take away %s from the day on that its deprecation says, and not before', (_what, before, after) => {
    expect(check(before, after, { today: '2027-05-31' })).toEqual([]);
    expect(check(before, after, { today: '2027-05-30' })).not.toEqual([]);
  });

  it('keeps a type as long as anything else leads to it', () => {
    const before = q(`b: B ${OLD} c: B`, 'type B { x: Int }');
    expect(check(before, q('')).join('\n')).toContain('B was removed.');
  });

  it('has no deprecation without a day', () => {
    for (const reason of ['', '(reason: "Use a.")', '(reason: "until 2027-02-30")', '(reason: "until soon")'])
      expect(check(q(''), q(`b: String @deprecated${reason}`))).toEqual([
        expect.stringContaining('Query.b is deprecated without a day'),
      ]);
    expect(check(q(''), q(`b(c: Int ${OLD}): String ${OLD}`))).toEqual([]);
  });

  it('breaks only what somebody gave a reason for, and no reason stays that nothing needs', () => {
    const change = 'Query.b was removed.';
    expect(check(q('b: String'), q(''), { accepted: [change] })).toEqual([]);
    expect(check(q('b: String'), q('b: String'), { accepted: [change] })).toEqual([
      `docs/graph/accepted-breaks.json accepts what does not happen: ${change}`,
    ]);
  });
});

describe('the changelog', () => {
  const before = graph('enum E { X } union U = Booking', 'notes: String e: E u: U');
  const after = graph(
    'enum E { X Y } union U = Booking | Hold type Hold { id: ID! }',
    'notes: String @deprecated(reason: "Use remarks, until 2027-05-31.") remarks(all: Boolean): String e: E u: U',
  );

  it('says what is new, what will go and when, what may surprise and what breaks', () => {
    expect(changesBetween(before, after)).toEqual({
      breaking: [],
      dangerous: ['Hold was added to union type U.', 'Y was added to enum type E.'],
      added: ['Booking.remarks', 'E.Y', 'Hold', 'U = Hold'],
      deprecated: [
        { coordinate: 'Booking.notes', reason: 'Use remarks, until 2027-05-31.', until: '2027-05-31' },
      ],
    });
    expect(changesBetween(after, before).breaking).toContain('Booking.remarks was removed.');
  });

  it('has a section for each release, the newest first, and the days on which things may go', () => {
    const text = graphChangelog({
      releases: [
        { version: '1.0.0', day: '2026-11-01', schema: before, accepted: [] },
        { version: '1.1.0', day: '2026-12-01', schema: after, accepted: [] },
      ],
      now: after,
      accepted: [],
    });
    expect(text.match(/^## .+$/gm)).toEqual([
      '## Will go',
      '## Not released yet',
      '## 1.1.0 (2026-12-01)',
      '## 1.0.0 (2026-11-01)',
    ]);
    expect(text).toContain('| `Booking.notes` | 2027-05-31 | Use remarks, until 2027-05-31. |');
  });

  it('knows that 0.10 comes after 0.9', () => {
    const versions = ['0.10.0', '0.9.1', '1.0.0', '0.9.0'];
    expect(versions.toSorted(compareVersions)).toEqual(['0.9.0', '0.9.1', '0.10.0', '1.0.0']);
  });
});

describe('the folder for client developers', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kept-graph-'));
    mkdirSync(join(folder, 'gateway/operations'), { recursive: true });
    mkdirSync(join(folder, GRAPH_FOLDER, 'releases'), { recursive: true });
    writeFileSync(join(folder, 'gateway/operations/a.graphql'), 'query A { booking(id: 1) { id } }');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const released = (text: string) =>
    writeFileSync(join(folder, GRAPH_FOLDER, 'releases/0.1.0.graphql'), `# 0.1.0, 2026-11-22\n\n${text}`);
  const files = (schema = graph('"Day." scalar Day', 'day: Day')) =>
    graphFiles({ root: folder, schema, matrix: [{ coordinate: 'Booking.id' }], today: '2027-06-01' });

  it('holds schema, operations, manifest, errors, scalars, matrix and changelog', async () => {
    const written = await files();
    expect(Object.keys(written).toSorted()).toEqual([
      'docs/graph/CHANGELOG.md',
      'docs/graph/access-matrix.json',
      'docs/graph/errors.json',
      'docs/graph/operations/a.graphql',
      'docs/graph/operations/manifest.json',
      'docs/graph/scalars.md',
      'docs/graph/schema.graphql',
      'gateway/operations/manifest/kept.json',
    ]);
    expect(written['docs/graph/scalars.md']).toContain('| `Day`');
    expect(() => buildSchema(written['docs/graph/schema.graphql'] ?? '')).not.toThrow();
  });

  it('is not written for a graph that breaks the last release, whatever the check is called with', async () => {
    released('type Query { gone: Int booking(id: ID!, deep: Boolean): Booking } type Booking { id: ID! }');
    await expect(files()).rejects.toThrow(/cannot go out like this:\nQuery\.gone was removed\./);
    const accepted = join(folder, GRAPH_FOLDER, 'accepted-breaks.json');
    writeFileSync(accepted, JSON.stringify([{ change: 'Query.gone was removed.', reason: 'because' }]));
    await expect(files()).rejects.toThrow(/Say why this cannot wait/);
    const reason = 'It showed strangers who else had booked.';
    writeFileSync(accepted, JSON.stringify([{ change: 'Query.gone was removed.', reason }]));
    expect((await files())['docs/graph/CHANGELOG.md']).toContain(`- Query.gone was removed. ${reason}`);
  });

  it('is not written with an operation that the graph does not answer', async () => {
    writeFileSync(join(folder, 'gateway/operations/b.graphql'), 'query B { booking(id: 1) { price } }');
    await expect(files()).rejects.toThrow(/The operation B: Cannot query field "price" on type "Booking"/);
  });

  it('holds no operation whose source is gone, and no release without its day', async () => {
    mkdirSync(join(folder, GRAPH_FOLDER, 'operations'));
    writeFileSync(join(folder, GRAPH_FOLDER, 'operations/old.graphql'), '{ booking(id: 1) { id } }');
    await expect(files()).rejects.toThrow(/old\.graphql is in gateway\/operations no more/);
    rmSync(join(folder, GRAPH_FOLDER, 'operations/old.graphql'));
    writeFileSync(join(folder, GRAPH_FOLDER, 'releases/0.2.0.graphql'), 'type Query { a: Int }');
    await expect(files()).rejects.toThrow(/0\.2\.0\.graphql does not begin with its version and day/);
  });
});

describe('a manifest from .graphql files', () => {
  const fragment = {
    file: 'b.graphql',
    text: 'fragment F on Booking { id } fragment Unused on Booking { id }',
  };
  const query = {
    file: 'a.graphql',
    text: '# purposes: PAYMENT, ACCOUNTABILITY\nquery A { booking(id: 1) { ...F } }',
  };

  it('has each operation with the fragments it uses, its hash and its purposes', () => {
    const [operation, ...others] = operationsOf([query, fragment]);
    expect(others).toEqual([]);
    expect(operation?.body).toContain('fragment F');
    expect(operation?.body).not.toContain('Unused');
    expect(operation?.id).toBe(
      createHash('sha256')
        .update(operation?.body ?? '')
        .digest('hex'),
    );
    const manifest = JSON.parse(manifestOf([query, fragment], { app: 'web' })) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      app: 'web',
      purposes: { A: ['PAYMENT', 'ACCOUNTABILITY'] },
      manifest: {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [{ name: 'A', type: 'query' }],
      },
    });
  });

  it('is not made of two operations of one name, or of what is not GraphQL', () => {
    expect(() => operationsOf([query, { ...query, file: 'c.graphql' }])).toThrow(
      'Two operations are called "A".',
    );
    expect(() => operationsOf([{ file: 'x.graphql', text: 'query {' }])).toThrow('x.graphql is not GraphQL');
  });

  it('is what stands committed, of the operations that this repository ships', () => {
    const files = operationFiles([join(root, 'gateway/operations')]);
    const committed = JSON.parse(
      readFileSync(join(root, 'gateway/operations/manifest/kept.json'), 'utf8'),
    ) as object;
    expect(committed).toEqual(JSON.parse(manifestOf(files)));
    for (const { text } of files) expect(parse(text).definitions.length).toBeGreaterThan(0);
  });
});

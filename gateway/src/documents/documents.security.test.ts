// In production the gateway answers what its own apps were built to ask, and nothing else: whoever finds the address may
// not explore the graph, and nobody can slip a text of their own under the hash of a trusted one.
import { createHash } from 'node:crypto';
import { Fault } from '@kept/subgraph-kit';
import { documentOfRequest, readDocumentReference } from './document-of-request.ts';
import { openDocumentSet, SERVES_MS } from './document-set.ts';
import { readManifest, type Manifest } from './manifest.ts';

const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex');
const SERVICES = 'query Services { services { name } }';
const STAFF = 'query Staff { staff { displayName } }';
const apollo = (...texts: string[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: texts.map((body) => ({ id: hash(body), name: 'x', type: 'query', body })),
});
const codegen = (...texts: string[]) => Object.fromEntries(texts.map((text) => [hash(text, 'sha1'), text]));
const manifest = (json: unknown, file = 'web.json'): Manifest => readManifest({ file, json });
const now = new Date('2030-01-01T00:00:00Z');
const setOf = (...jsons: unknown[]) =>
  openDocumentSet(
    jsons.map((json, at) => manifest(json, `${at}.json`)),
    now,
  );
const ask = (body: Record<string, unknown>, options: { adHoc?: boolean; documents?: unknown[] } = {}) =>
  documentOfRequest(readDocumentReference(body), {
    documents: setOf(...(options.documents ?? [apollo(SERVICES)])),
    adHoc: options.adHoc ?? false,
  });
const refusal = (work: () => unknown): Fault => {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

describe('a manifest', () => {
  it('is read as Apollo and as graphql-codegen write it, with SHA-256 and SHA-1', () => {
    expect(manifest(apollo(SERVICES)).documents).toEqual([{ ids: [hash(SERVICES)], text: SERVICES }]);
    expect(manifest(codegen(STAFF)).documents).toEqual([
      { ids: [hash(STAFF), hash(STAFF, 'sha1')], text: STAFF },
    ]);
    expect(manifest({ [`sha256:${hash(STAFF)}`]: STAFF }).documents[0]?.ids).toEqual([hash(STAFF)]);
  });

  it('says its app, its day and why each operation asks, wrapped or in a file beside it', () => {
    const about = {
      app: 'web',
      publishedAt: '2029-11-22T10:00:00Z',
      purposes: { Staff: ['BOOKING_SERVICE'] },
    };
    const wrapped = manifest({ ...about, manifest: codegen(STAFF) });
    const beside = readManifest({ file: 'web.json', json: codegen(STAFF), about });
    expect(wrapped).toEqual(beside);
    expect(wrapped).toMatchObject({ app: 'web', publishedAt: new Date('2029-11-22T10:00:00Z') });
    const set = openDocumentSet([wrapped], now);
    expect(set.byId(hash(STAFF))?.purposesOf('web', 'Staff')).toEqual(['BOOKING_SERVICE']);
    expect(set.byId(hash(STAFF))?.purposesOf('another', 'Staff')).toBeUndefined();
    expect(set.byId(hash(STAFF))?.purposesOf('web', 'Another')).toBeUndefined();
  });

  it.each([
    ['whose hash is another text’s', { [hash(STAFF)]: SERVICES }, /web\.json: the id ".+" is not the hash/],
    ['whose SHA-1 is another text’s', { [hash(STAFF, 'sha1')]: SERVICES }, /is not the hash/],
    ['with an id that is no hash', { Services: SERVICES }, /neither a SHA-256 nor a SHA-1/],
    ['of another version', { ...apollo(SERVICES), version: 2 }, /not a manifest.*version/],
    ['of another format', { ...apollo(SERVICES), format: 'mine' }, /not a manifest/],
    ['with a purpose that there is not', { purposes: { A: ['FUN'] }, manifest: {} }, /purposes\.A/],
    ['with something else in the wrapper', { owner: 'me', manifest: {} }, /owner/],
    ['that is a list', [SERVICES], /not a manifest/],
  ])('%s is refused', (_what, json, sentence) => {
    expect(() => manifest(json)).toThrow(sentence);
  });
});

describe('a request', () => {
  it('asks by documentId, by a bare hash, and by Apollo’s persisted query', () => {
    const documents = [apollo(SERVICES), codegen(STAFF)];
    const persistedQuery = { version: 1, sha256Hash: hash(SERVICES) };
    for (const body of [
      { documentId: `sha256:${hash(SERVICES)}` },
      { documentId: hash(SERVICES) },
      { extensions: { persistedQuery } },
      { query: '', extensions: { persistedQuery } },
      { query: SERVICES, extensions: { persistedQuery } },
    ])
      expect(ask(body, { documents })).toMatchObject({ text: SERVICES, trusted: { text: SERVICES } });
    expect(ask({ documentId: hash(STAFF, 'sha1') }, { documents }).text).toBe(STAFF);
    expect(ask({ documentId: `sha256:${hash(STAFF)}` }, { documents }).text).toBe(STAFF);
  });

  it('may send a trusted text as text, however it is spaced, and gets the trusted one', () => {
    const spaced = '# mine\nquery Services {\n  services,\n  {\n    name\n  }\n}\n';
    expect(ask({ query: SERVICES }).trusted).not.toBeNull();
    expect(ask({ query: spaced })).toMatchObject({ text: SERVICES, trusted: { text: SERVICES } });
  });

  it('with any other text is refused where only trusted documents are answered', () => {
    for (const query of [
      STAFF,
      SERVICES.replace('name', 'name minutes'),
      `${SERVICES} ${STAFF}`,
      '{ __schema { types { name } } }',
      '{ services {',
      `${SERVICES}${' '.repeat(200_000)}`,
      SERVICES.replace('Services', '"""Services"""'),
    ])
      expect(refusal(() => ask({ query })).code).toBe('DOCUMENT_NOT_TRUSTED');
  });

  it('with any other text is answered in development, and never remembered as trusted', () => {
    const documents = setOf(apollo(SERVICES));
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash(STAFF) } };
    const byText = readDocumentReference({ query: STAFF, extensions });
    expect(documentOfRequest(byText, { documents, adHoc: true })).toEqual({ text: STAFF, trusted: null });
    expect(
      refusal(() => documentOfRequest(readDocumentReference({ extensions }), { documents, adHoc: true }))
        .code,
    ).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(refusal(() => documentOfRequest(byText, { documents, adHoc: false })).code).toBe(
      'DOCUMENT_NOT_TRUSTED',
    );
  });

  it('by an unknown id is told so, in the words that Apollo’s and urql’s clients wait for', () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash('unknown') } };
    const notFound = refusal(() => ask({ extensions }));
    expect([notFound.code, notFound.message]).toEqual([
      'PERSISTED_QUERY_NOT_FOUND',
      'PersistedQueryNotFound',
    ]);
    const notSupported = refusal(() => ask({ extensions }, { documents: [], adHoc: true }));
    expect([notSupported.code, notSupported.message]).toEqual([
      'PERSISTED_QUERY_NOT_SUPPORTED',
      'PersistedQueryNotSupported',
    ]);
    for (const documentId of [`sha256:${hash('unknown')}`, 'x-app:42', '42', 'constructor', '__proto__'])
      expect(refusal(() => ask({ documentId })).code).toBe('DOCUMENT_NOT_TRUSTED');
  });

  it.each([
    ['a text that is not its id’s', { query: STAFF, documentId: `sha256:${hash(SERVICES)}` }],
    [
      'a text that is not its hash’s',
      { query: STAFF, extensions: { persistedQuery: { version: 1, sha256Hash: hash(SERVICES) } } },
    ],
    [
      'a hash of another version',
      { extensions: { persistedQuery: { version: 2, sha256Hash: hash(SERVICES) } } },
    ],
    ['a hash that is none', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }],
    ['a persisted query that is a text', { extensions: { persistedQuery: 'x' } }],
    ['extensions that are a list', { query: SERVICES, extensions: [] }],
    ['an id that is an object', { documentId: { toString: 'x' } }],
    ['an id with spaces', { documentId: 'a b' }],
    ['a text that is a number', { query: 7 }],
    ['nothing', {}],
    ['nothing but spaces', { query: '  ' }],
  ])('with %s is refused as such', (_what, body) => {
    for (const adHoc of [true, false]) expect(refusal(() => ask(body, { adHoc })).code).toBe('BAD_INPUT');
  });
});

describe('old manifests', () => {
  const of = (app: string, publishedAt: string, text: string) =>
    manifest({ app, publishedAt, manifest: apollo(text) }, `${app}-${publishedAt.slice(0, 10)}.json`);
  const old = of('mobile', '2028-01-01T00:00:00Z', STAFF);
  const replacedAt = new Date('2029-06-01T00:00:00Z');
  const next = of('mobile', replacedAt.toISOString(), SERVICES);
  const at = (milliseconds: number) => new Date(replacedAt.getTime() + milliseconds);

  it('serve for a year after the app’s next one: people update when they like to', () => {
    expect(openDocumentSet([old, next], at(SERVES_MS - 1)).byId(hash(STAFF))).toBeDefined();
    const after = openDocumentSet([old, next], at(SERVES_MS));
    expect(after.byId(hash(STAFF))).toBeUndefined();
    expect(after.byText(STAFF)).toBeUndefined();
    expect(after.retired).toEqual([old]);
  });

  it('are answered with the wish to update the app, by id and by hash', () => {
    const documents = openDocumentSet([old, next], at(SERVES_MS));
    for (const body of [
      { documentId: hash(STAFF) },
      { extensions: { persistedQuery: { version: 1, sha256Hash: hash(STAFF) } } },
    ]) {
      const fault = refusal(() =>
        documentOfRequest(readDocumentReference(body), { documents, adHoc: false }),
      );
      expect([fault.code, fault.message]).toEqual([
        'UPGRADE_REQUIRED',
        'This version of the app is too old. Please update the app.',
      ]);
    }
  });

  it('are the app’s own: what nobody replaced serves, and another app’s new one changes nothing', () => {
    const much = at(100 * SERVES_MS);
    expect(openDocumentSet([old], much).byId(hash(STAFF))).toBeDefined();
    expect(openDocumentSet([old, of('web', '2029-01-01T00:00:00Z', SERVICES)], much).retired).toEqual([]);
    const kept = of('mobile', replacedAt.toISOString(), STAFF);
    expect(openDocumentSet([old, kept], much).byId(hash(STAFF))).toBeDefined();
    expect(openDocumentSet([old, kept], much).isRetired(hash(STAFF))).toBe(false);
  });
});

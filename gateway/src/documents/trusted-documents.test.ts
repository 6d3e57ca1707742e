import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, openLog } from '@kept/subgraph-kit';
import { eventually, fixedClock } from '@kept/testing';
import { SERVES_MS } from './document-set.ts';
import { openTrustedDocuments, type TrustedDocuments } from './trusted-documents.ts';

const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex');
const SERVICES = 'query Services { services { name } }';
const STAFF = 'query Staff { staff { displayName } }';
const apollo = (...texts: string[]) => ({
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: texts.map((body) => ({ id: hash(body), name: 'x', type: 'query', body })),
});
const codegen = (...texts: string[]) => Object.fromEntries(texts.map((text) => [hash(text, 'sha1'), text]));
const settles = (check: () => void) => eventually(() => (check(), true));

describe('the directory of manifests', () => {
  const clock = fixedClock('2030-01-01T00:00:00Z');
  let directory: string;
  let open: TrustedDocuments | undefined;
  let logged: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kept-documents-'));
    logged = [];
  });
  afterEach(async () => {
    await open?.stop();
    open = undefined;
    await rm(directory, { recursive: true });
  });
  const put = async (file: string, json: unknown) => {
    // As a deployment does: whole, by renaming.
    await writeFile(join(directory, `.${file}`), typeof json === 'string' ? json : JSON.stringify(json));
    await rename(join(directory, `.${file}`), join(directory, file));
  };
  const record = (level: string) => (fields: object, text: string) =>
    void logged.push(`${level} ${text} ${'err' in fields ? String(fields.err) : JSON.stringify(fields)}`);
  const log = Object.assign(
    Object.create(openLog({ service: 'test', level: 'silent' })) as ReturnType<typeof openLog>,
    {
      info: record('info'),
      warn: record('warn'),
      error: record('error'),
    },
  );
  const start = async () =>
    (open = await openTrustedDocuments({
      directory,
      check: (text) => {
        if (text.includes('broken'))
          throw new Fault('GRAPHQL_VALIDATION_FAILED', 'Cannot query field "broken".');
      },
      clock,
      log,
      pollMs: 20,
    }));

  it('is read whole, several apps at once', async () => {
    await put('web.json', apollo(SERVICES));
    await put('mobile.json', codegen(STAFF));
    await put('mobile.about.json', { app: 'mobile', purposes: { Staff: ['BOOKING_SERVICE'] } });
    const set = (await start()).current();
    expect(set.size).toBe(2);
    expect(set.byId(hash(STAFF))?.purposesOf('mobile', 'Staff')).toEqual(['BOOKING_SERVICE']);
  });

  it('refuses to begin with a broken document, a broken manifest, none, or no directory, and names each', async () => {
    await expect(start()).rejects.toThrow('There is no document in');
    await put('a.json', apollo('query Broken { broken }'));
    await put('b.json', '{');
    await put('c.json', { [hash(STAFF)]: SERVICES });
    await expect(start()).rejects.toThrow(
      /a\.json: the document Broken \([0-9a-f]{64}\): Cannot query field "broken"\.[^]*b\.json is not JSON[^]*c\.json: the id/,
    );
    directory = await mkdtemp(join(tmpdir(), 'kept-documents-'));
    await rm(directory, { recursive: true });
    await expect(start()).rejects.toThrow('The directory of manifests cannot be read');
    directory = await mkdtemp(join(tmpdir(), 'kept-documents-'));
  });

  it('is read again when it changes, and a broken change changes nothing and is said', async () => {
    await put('web.json', apollo(SERVICES));
    const documents = await start();
    const first = documents.current();
    await put('web.json', apollo(SERVICES, STAFF));
    await settles(() => expect(documents.current().byId(hash(STAFF))).toBeDefined());
    expect(first.byId(hash(STAFF))).toBeUndefined();
    await put('web.json', apollo(SERVICES, 'query Broken { broken }'));
    await settles(() => expect(logged.join('\n')).toMatch(/error changed manifests[^]*the document Broken/));
    expect(documents.current().byId(hash(STAFF))).toBeDefined();
    await put('web.json', apollo(STAFF));
    await settles(() => expect(documents.current().byId(hash(SERVICES))).toBeUndefined());
  });

  it('drops a manifest when its time has come, without being touched, and says so', async () => {
    await put('1.json', { app: 'web', publishedAt: '2028-01-01T00:00:00Z', manifest: apollo(STAFF) });
    await put('2.json', { app: 'web', publishedAt: clock().toISOString(), manifest: apollo(SERVICES) });
    const documents = await start();
    expect(documents.current().byId(hash(STAFF))).toBeDefined();
    clock.advance(SERVES_MS);
    await settles(() => expect(documents.current().isRetired(hash(STAFF))).toBe(true));
    expect(logged.join('\n')).toMatch(/warn a manifest was replaced over a year ago[^]*"file":"1.json"/);
  });
});

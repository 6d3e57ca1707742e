import { createHash } from 'node:crypto';
import { PURPOSES, type Purpose } from '@kept/access-policy';
import { z } from 'zod';

/** What an app's build says it will ask: one file of documents with their hashes. */
export interface Manifest {
  readonly file: string;
  /** The app in the client registry, if the manifest says one. */
  readonly app: string | null;
  readonly publishedAt: Date | null;
  /** Why each operation asks, by its name; what is not named has the app's usual purposes. */
  readonly purposes: ReadonlyMap<string, readonly Purpose[]>;
  readonly documents: readonly ManifestDocument[];
}

/** One document: its text, and the hashes of it under which it can be asked for, in hexadecimal. */
export interface ManifestDocument {
  readonly ids: readonly string[];
  readonly text: string;
}

// Apollo's generate-persisted-query-manifest, Apollo Kotlin and Apollo iOS write this.
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string().min(1) })),
});
// graphql-codegen's client preset writes this as persisted-documents.json: hash → text.
const codegenManifest = z.record(z.string(), z.string().min(1));

const about = {
  app: z.string().min(1).max(100).optional(),
  publishedAt: z.iso.datetime({ offset: true }).optional(),
  purposes: z.record(z.string(), z.array(z.enum(PURPOSES)).min(1)).default({}),
};
const wrapper = z.strictObject({ ...about, manifest: z.unknown() });
const sidecar = z.strictObject(about);

interface Source {
  readonly file: string;
  readonly json: unknown;
  /** The JSON of the file `<name>.about.json` beside it: app, publishedAt, purposes. */
  readonly about?: unknown;
}

/**
 * Reads a manifest of Apollo or of graphql-codegen, bare with or without a file about it, or wrapped as
 * `{ app, publishedAt, purposes, manifest }`. Throws with a sentence for each thing that is wrong, a hash that is not its
 * text's among them: whoever could slip another text under a known hash would decide what apps ask.
 */
export function readManifest(source: Source): Manifest {
  const { file } = source;
  const isWrapped = typeof source.json === 'object' && source.json !== null && 'manifest' in source.json;
  const said = isWrapped
    ? parsed(wrapper, source.json, file)
    : { ...parsed(sidecar, source.about ?? {}, `${file} (about it)`), manifest: source.json };
  const entries = entriesOf(said.manifest, file);
  const problems = entries.flatMap(({ id, text }) => problemOf(id, text) ?? []);
  if (problems.length > 0) throw new ManifestRefused(problems.map((problem) => `${file}: ${problem}`));
  return {
    file,
    app: said.app ?? null,
    publishedAt: said.publishedAt === undefined ? null : new Date(said.publishedAt),
    purposes: new Map(Object.entries(said.purposes)),
    documents: entries.map(({ id, text }) => ({
      // The hash that GraphQL over HTTP recommends always works, whichever the manifest was made with.
      ids: [...new Set([hashOf('sha256', text), bare(id)])],
      text,
    })),
  };
}

/** Why manifests are not used, one sentence each. */
export class ManifestRefused extends Error {
  override readonly name = 'ManifestRefused';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

function entriesOf(json: unknown, file: string): { id: string; text: string }[] {
  if (typeof json === 'object' && json !== null && 'format' in json) {
    return parsed(apolloManifest, json, file).operations.map(({ id, body }) => ({ id, text: body }));
  }
  return Object.entries(parsed(codegenManifest, json, file)).map(([id, text]) => ({ id, text }));
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new ManifestRefused(
    result.error.issues.slice(0, PROBLEMS_MAX).map(({ path, message }) => {
      const place = path.length > 0 ? ` (${path.join('.').slice(0, 120)})` : '';
      return `${file} is not a manifest of Apollo or graphql-codegen${place}: ${message}`;
    }),
  );
}

const PROBLEMS_MAX = 20;
const LENGTHS = { sha256: 64, sha1: 40 } as const;
type Algorithm = keyof typeof LENGTHS;

const hashOf = (algorithm: Algorithm, text: string) => createHash(algorithm).update(text).digest('hex');
const bare = (id: string) => id.replace(/^(sha256|sha1):/, '');

function problemOf(id: string, text: string): string | undefined {
  const hash = bare(id);
  const shown = id.slice(0, 80);
  const algorithm = (Object.keys(LENGTHS) as Algorithm[]).find((name) => LENGTHS[name] === hash.length);
  if (algorithm === undefined || !/^[0-9a-f]+$/.test(hash))
    return `the id "${shown}" is neither a SHA-256 nor a SHA-1 in hexadecimal`;
  if (hashOf(algorithm, text) !== hash) return `the id "${shown}" is not the hash of its document`;
  return undefined;
}

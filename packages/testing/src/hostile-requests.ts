import {
  damaged,
  hostileDocument,
  ODD_NAMES,
  ODD_NUMBERS,
  ODD_TEXTS,
  type Vocabulary,
} from './hostile-documents.ts';
import { seededRandom, type SeededRandom } from './seeded-random.ts';

/** One request that no client of ours would send. */
export interface HostileRequest {
  readonly seed: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Stands in every value that the request sends: whoever repeats it, in an answer or a log, repeats people's data. */
  readonly canary: string;
}

/** The request of a seed: bytes, JSON, documents, variables, headers or paths that are wrong in one of many ways. */
export function hostileRequest(seed: number, vocabulary: Vocabulary): HostileRequest {
  const random = seededRandom(seed);
  const canary = `canary${seed.toString(36)}x${random.below(1e9).toString(36)}`;
  const plain = { method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' } };
  const request = { seed, canary, ...plain };
  const good = () => JSON.stringify({ query: random.oneOf(vocabulary.operations), variables: { v: canary } });
  const kind = random.below(100);
  if (kind < 35) {
    const query = hostileDocument(random, vocabulary, canary);
    return { ...request, body: encoded(JSON.stringify({ query, variables: variables(random, canary) })) };
  }
  if (kind < 55) return { ...request, body: encoded(oddEnvelope(random, vocabulary, canary)) };
  if (kind < 65) return { ...request, body: encoded(damaged(random, good())) };
  if (kind < 72) return { ...request, body: randomBytes(random) };
  if (kind < 78) {
    const [whole, at] = [encoded(good()), random.below(40)];
    return {
      ...request,
      body: Buffer.concat([whole.subarray(0, at), randomBytes(random), whole.subarray(at)]),
    };
  }
  if (kind < 92) return { ...request, body: encoded(good()), headers: oddHeaders(random, canary) };
  return {
    ...request,
    ...oddTarget(random, canary),
    body: random.chance(0.5) ? encoded(good()) : Buffer.alloc(0),
  };
}

const encoded = (text: string) => Buffer.from(text, random16(text) ? 'utf16le' : 'utf8');
// Now and then a text in another encoding than it says: by its own length, so that the same seed stays the same.
const random16 = (text: string) => text.length % 97 === 0;

const randomBytes = (random: SeededRandom) =>
  Buffer.from(random.times(random.below(2_000), () => random.below(256)));

/** JSON of any shape, written by hand: `JSON.stringify` is too well-behaved for odd numbers and doubled keys. */
function oddJson(random: SeededRandom, canary: string, depth = 4): string {
  const kinds: readonly (() => string)[] = [
    () => JSON.stringify(random.oneOf(ODD_TEXTS) + canary),
    () => random.oneOf(ODD_NUMBERS),
    () => random.oneOf(['null', 'true', 'false', '{}', '[]', '""']),
    () => '['.repeat(1 + random.below(5_000)),
    () => nested(random.below(3_000), '['),
    () => nested(random.below(3_000), '{"a":'),
    () => `[${random.times(random.below(300), () => JSON.stringify(canary)).join()}]`,
  ];
  if (depth > 0 && random.chance(0.6)) {
    const members = random.times(1 + random.below(4), () => {
      const key = random.chance(0.4) ? random.oneOf(ODD_NAMES) : random.oneOf(ODD_TEXTS) + canary;
      return `${JSON.stringify(key)}:${oddJson(random, canary, depth - 1)}`;
    });
    return `{${members.join()}}`;
  }
  return random.oneOf(kinds)();
}
const nested = (times: number, open: string) =>
  `${open.repeat(times)}1${(open === '[' ? ']' : '}').repeat(times)}`;

function oddEnvelope(random: SeededRandom, { operations }: Vocabulary, canary: string): string {
  const members = ['query', 'variables', 'operationName', 'extensions', 'documentId', 'id', '__proto__'];
  const one = () => {
    const name = random.oneOf(members);
    const known =
      name === 'query' && random.chance(0.7) ? JSON.stringify(random.oneOf(operations)) : undefined;
    return `${JSON.stringify(name)}:${known ?? oddJson(random, canary)}`;
  };
  const object = () => `{${random.times(1 + random.below(5), one).join()}}`;
  return random.chance(0.15) ? `[${random.times(random.below(20), object).join()}]` : object();
}

function variables(random: SeededRandom, canary: string): Record<string, unknown> {
  const odd = () => random.oneOf<unknown>([canary, [[canary]], { a: { b: canary } }, 1e300, null, true, -1]);
  return Object.fromEntries(random.times(random.below(6), () => [random.oneOf(ODD_NAMES), odd()]));
}

const CONTENT_TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/json;charset=',
  'multipart/form-data',
].concat([
  'application/x-www-form-urlencoded',
  'APPLICATION/JSON',
  'application/graphql',
  'application/json, text/html',
  ';',
]);

function oddHeaders(random: SeededRandom, canary: string): Record<string, string> {
  const values = [
    '',
    ' ',
    canary,
    'null',
    '*/*',
    '0',
    'x'.repeat(4_000),
    '4111111111111111',
    'a,b;q=0.1,c;q=9',
    '\u00ff\u00fe',
  ];
  const value = () => random.oneOf(values);
  const more: readonly (() => Record<string, string>)[] = [
    () => ({ 'content-type': random.oneOf(CONTENT_TYPES) }),
    () => ({ accept: random.oneOf([...CONTENT_TYPES, value(), 'text/html', 'application/json;q=abc']) }),
    () => ({
      authorization: random.oneOf([
        value(),
        `Bearer ${canary}`,
        'Bearer a.b.c',
        'Basic YTpi',
        `Bearer ${'A'.repeat(5_000)}`,
      ]),
    }),
    () => ({ 'kept-organization': value() }),
    () => ({ 'kept-client': value(), 'kept-client-version': value(), 'kept-purpose': value() }),
    () => ({ 'kept-passport': value(), 'kept-deadline-ms': value(), 'kept-request-id': value() }),
    () => ({ 'x-forwarded-for': `${value()}, ${value()}` }),
    () => ({ 'content-encoding': random.oneOf(['gzip', 'br', 'identity, gzip', value()]) }),
    () => ({ origin: random.oneOf(['null', 'https://evil.example', value()]) }),
    () => ({ 'apollo-federation-include-trace': 'ftv1', 'apollo-query-plan-experimental': '1' }),
    () => Object.fromEntries(random.times(150, (at) => [`x-many-${at}`, canary])),
    () => ({ cookie: `session=${canary}`, 'sec-gpc': value(), 'x-http-method-override': 'GET' }),
  ];
  const headers = Object.assign(
    {},
    ...random.times(1 + random.below(3), () => random.oneOf(more)()),
  ) as Record<string, string>;
  return { 'content-type': 'application/json', ...headers };
}

function oddTarget(random: SeededRandom, canary: string): { method: string; path: string } {
  const paths = [
    '/',
    '/graphql/',
    '/graphql/../admin',
    '//graphql',
    `/${canary}`,
    '/metrics',
    '/.env',
    '/health/live',
  ].concat([
    '/%2e%2e/%2e%2e/etc/passwd',
    `/graphql?query={${canary}}`,
    '/graphql%00',
    `/${'a'.repeat(3_000)}`,
    '/graphiql',
  ]);
  const method = random.oneOf([
    'GET',
    'HEAD',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'POST',
    'PROPFIND',
    'QUERY',
  ]);
  return { method, path: random.chance(0.4) ? '/graphql' : random.oneOf(paths) };
}

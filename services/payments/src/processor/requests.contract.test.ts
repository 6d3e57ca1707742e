import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { answering, changes, furtherChanges, looks, type Heard } from './every-call-for-tests.ts';

/**
 * Optional: holds every request that leaves for the processor against Stripe's OpenAPI description (about API 2022-11), which
 * lies outside the repository: the operation exists, every parameter is known, and every value is of its type.
 */
const DESCRIPTION = join(import.meta.dirname, '../../../../../shared/vectors/stripe/openapi.json');
const present = existsSync(DESCRIPTION);
if (!present)
  process.stdout.write(
    'skipped: the contract check of the requests to the processor needs ../shared/vectors\n',
  );

interface Schema {
  type?: string;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
}
interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
interface Description {
  paths: Record<string, Partial<Record<'get' | 'post', Operation>>>;
}
type Tree = { [name: string]: Tree | string };

/** Younger than the description, where it does not have them: known to the SDK's own types, and nowhere else to be checked. */
const YOUNGER: readonly string[] = [
  'allowed_payment_method_types',
  'allow_redirects',
  'request_three_d_secure',
];

/** `a[b][0]=c` as objects within objects; lists are made of them where the description says so. */
function readForm(form: string): Tree {
  const tree: Tree = {};
  for (const [path, value] of new URLSearchParams(form)) {
    const names = path.replaceAll(']', '').split('[');
    let place = tree;
    for (const name of names.slice(0, -1)) place = (place[name] ??= {}) as Tree;
    place[names.at(-1) ?? ''] = value;
  }
  return tree;
}

/** Forms are text: what the description calls a number or a truth value is one, in its canonical form alone. */
function typed(value: Tree | string, schema: Schema): unknown {
  const kinds = schema.anyOf ?? [schema];
  const ofType = (...types: string[]) => kinds.find(({ type }) => types.includes(type ?? ''));
  if (typeof value === 'string') {
    if (ofType('integer', 'number') && /^(0|-?[1-9]\d*)$/.test(value)) return Number(value);
    if (ofType('boolean') && /^(true|false)$/.test(value)) return value === 'true';
    return value;
  }
  const list = ofType('array');
  if (list !== undefined) return Object.values(value).map((item) => typed(item, list.items ?? {}));
  const { properties = {}, additionalProperties: other } = ofType('object') ?? {};
  const entries = Object.entries(value).filter(
    ([name]) => properties[name] !== undefined || !YOUNGER.includes(name),
  );
  const otherSchema = typeof other === 'object' ? other : {};
  return Object.fromEntries(
    entries.map(([name, item]) => [name, typed(item, properties[name] ?? otherSchema)]),
  );
}

/** What nobody described is refused, at every depth. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, closed(item)]));
  return 'properties' in value && !('additionalProperties' in value)
    ? { ...inner, additionalProperties: false }
    : inner;
}

function openContract() {
  const { paths } = JSON.parse(readFileSync(DESCRIPTION, 'utf8')) as Description;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return ({ method, path, body }: Pick<Heard, 'method' | 'path' | 'body'>): unknown[] => {
    const { pathname, search } = new URL(path, 'http://processor');
    const known = Object.keys(paths).find((candidate) =>
      new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
    );
    // A literal address stands before one with a name in it.
    const operation = (paths[pathname] ?? paths[known ?? ''])?.[method === 'GET' ? 'get' : 'post'];
    if (operation === undefined) return [`nobody describes ${method} ${pathname}`];
    const asked = operation.parameters?.filter((parameter) => parameter.in === 'query') ?? [];
    const query = Object.fromEntries(asked.map(({ name, schema }) => [name, schema]));
    const schema: Schema =
      method === 'GET'
        ? { type: 'object', properties: query, additionalProperties: false }
        : (operation.requestBody?.content['application/x-www-form-urlencoded']?.schema ?? {});
    const given = typed(readForm(method === 'GET' ? search.slice(1) : body), schema);
    const validate = ajv.compile(closed(schema) as object);
    return validate(given) ? [] : [{ pathname, errors: validate.errors?.slice(0, 5) }];
  };
}

(present ? describe : describe.skip)('[PAY-02] what leaves for the processor', () => {
  it("is what Stripe's own description takes, in every call", async () => {
    const violationsOf = openContract();
    const { processor, heard, stop } = await answering(500, '{}');
    for (const call of Object.values({ ...changes(processor), ...looks(processor) })) await call();
    for (const call of furtherChanges(processor)) await call();
    stop();
    expect(heard.flatMap(violationsOf)).toEqual([]);
    // The check can fail: a parameter that nobody knows, a number that is none, an address that does not exist.
    const bad = [
      { method: 'POST', path: '/v1/refunds', body: 'payment_intent=pi_x&sum=5' },
      { method: 'POST', path: '/v1/payment_intents', body: 'amount=4500.0&currency=eur' },
      { method: 'POST', path: '/v1/payment_intents', body: 'amount=1&currency=eur&capture_method=later' },
      { method: 'GET', path: '/v1/payment_intents?created[since]=1', body: '' },
      { method: 'POST', path: '/v1/wishes', body: '' },
    ];
    expect(bad.map((request) => violationsOf(request).length)).toEqual([1, 1, 1, 1, 1]);
  });
});

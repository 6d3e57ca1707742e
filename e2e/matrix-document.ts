// Reads docs/access-matrix.md, and makes for each of its lines the smallest operation that touches it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildASTSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

const root = join(import.meta.dirname, '..');

export type Answer = 'yes' | 'row' | '–';
export interface MatrixLine {
  readonly verb: 'ask' | 'do' | 'read' | 'send';
  readonly type: string;
  readonly field: string;
  readonly argument: string | undefined;
  readonly answers: Readonly<Record<string, Answer>>;
}

/** The lines of the committed matrix: who (column) gets which answer for which coordinate. */
export function readMatrix(): MatrixLine[] {
  const lines: MatrixLine[] = [];
  let columns: string[] = [];
  for (const line of readFileSync(join(root, 'docs/access-matrix.md'), 'utf8').split('\n')) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [first = '', ...rest] = cells;
    if (/^(ask|do|read|send)$/.test(first)) columns = cells;
    const coordinate = /^`(\w+)\.(\w+)(?:\((\w+):\))?`$/.exec(first);
    if (!coordinate) continue;
    lines.push({
      verb: columns[0] as MatrixLine['verb'],
      type: coordinate[1] ?? '',
      field: coordinate[2] ?? '',
      argument: coordinate[3],
      answers: Object.fromEntries(rest.map((answer, index) => [columns[index + 1], answer as Answer])),
    });
  }
  return lines;
}

export const readSchema = (): GraphQLSchema =>
  buildASTSchema(parse(readFileSync(join(root, 'gateway/supergraph.graphql'), 'utf8')), {
    assumeValid: true,
    assumeValidSDL: true,
  });

/** Real ids for the arguments that take one, by `Query` field or argument name. */
export type KnownIds = Readonly<Record<string, string>>;

/** Mutations after which whoever sent them is signed out. */
export const ENDS_SESSIONS = /^(signOut|forgetAllDevices)/;

// What a walk must not do to the people it goes on with: replace everybody's password, or have a code asked for at their
// next sign-in. The graph lets it through to the use case either way, and that refuses these.
const HARMLESS: Readonly<Record<string, string>> = { RotationScope: 'NAMED', CodeFactorKind: 'SMS_CODE' };

/** A value that fits an input type, with every optional part left out except those to `include`. */
function valueFor(
  type: GraphQLInputType,
  name: string,
  given: { ids: KnownIds; include?: readonly string[] | undefined },
): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType, name, given);
  if (isListType(type)) return [valueFor(type.ofType, name, given)];
  if (isEnumType(type)) return HARMLESS[type.name] ?? type.getValues()[0]?.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isNonNullType(field.type) || given.include?.includes(field.name),
    );
    return Object.fromEntries(fields.map((field) => [field.name, valueFor(field.type, field.name, given)]));
  }
  const samples: Record<string, unknown> = {
    Int: 1,
    Float: 1,
    Boolean: true,
    MinorUnits: 100,
    DateTime: '2099-03-02T10:00:00Z',
    LocalDate: '2099-03-02',
    TimeZone: 'Europe/London',
    EmailAddress: 'nobody@client.example',
    UUID: randomUUID(),
    ID: given.ids[name] ?? randomUUID(),
  };
  return samples[type.name] ?? 'Some-Text-42-Lantern';
}

interface Operation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const isComposite = (type: GraphQLOutputType) => {
  const named = getNamedType(type);
  return isObjectType(named) || isUnionType(named);
};

function argumentsOf(
  field: GraphQLField<unknown, unknown>,
  {
    ids,
    prefix,
    include,
    argument,
  }: {
    ids: KnownIds;
    prefix: string;
    include?: readonly string[] | undefined;
    argument?: string | undefined;
  },
) {
  const needed = field.args.filter(
    (arg: GraphQLArgument) => isNonNullType(arg.type) || arg.name === argument,
  );
  return {
    declared: needed.map((arg) => `$${prefix}${arg.name}: ${String(arg.type)}`),
    passed:
      needed.length > 0 ? `(${needed.map((arg) => `${arg.name}: $${prefix}${arg.name}`).join(', ')})` : '',
    variables: Object.fromEntries(
      needed.map((arg) => {
        const id = arg.name === 'id' ? ids[field.name] : undefined;
        return [`${prefix}${arg.name}`, id ?? valueFor(arg.type, arg.name, { ids, include })];
      }),
    ),
  };
}

/** The smallest operation that asks a field at the end of a path of fields from a root type. */
export function operationAt(
  kind: 'query' | 'mutation',
  path: readonly GraphQLField<unknown, unknown>[],
  more: { ids: KnownIds; include?: readonly string[] | undefined; argument?: string | undefined },
): Operation {
  const parts = path.map((field, depth) => argumentsOf(field, { ...more, prefix: `v${depth}_` }));
  const last = path.at(-1);
  const leaf = last && isComposite(last.type) ? ' { __typename }' : '';
  const body = path.reduceRight(
    (inner, field, depth) =>
      `{ ${field.name}${parts[depth]?.passed ?? ''}${depth === path.length - 1 ? leaf : ` ${inner}`} }`,
    '',
  );
  const declared = parts.flatMap((part) => part.declared);
  return {
    query: `${kind} Matrix${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body}`,
    variables: Object.assign({}, ...parts.map((part) => part.variables)) as Record<string, unknown>,
  };
}

/** The smallest query that asks several fields at the end of one path, each as if alone. */
export function queryBelow(
  way: readonly GraphQLField<unknown, unknown>[],
  fields: readonly GraphQLField<unknown, unknown>[],
  ids: KnownIds,
): Operation {
  const above = way.map((field, depth) => argumentsOf(field, { ids, prefix: `v${depth}_` }));
  const leaves = fields.map((field, index) => argumentsOf(field, { ids, prefix: `f${index}_` }));
  const asked = fields.map(
    (field, index) =>
      `${field.name}${leaves[index]?.passed ?? ''}${isComposite(field.type) ? ' { __typename }' : ''}`,
  );
  const body = way.reduceRight(
    (inner, field, depth) => `{ ${field.name}${above[depth]?.passed ?? ''} ${inner} }`,
    `{ ${asked.join(' ')} }`,
  );
  const parts = [...above, ...leaves];
  const declared = parts.flatMap((part) => part.declared);
  return {
    query: `query Matrix${declared.length > 0 ? `(${declared.join(', ')})` : ''} ${body}`,
    variables: Object.assign({}, ...parts.map((part) => part.variables)) as Record<string, unknown>,
  };
}

/** The smallest mutation whose result is asked for fields of a type somewhere in it. */
export function payloadOperation(
  way: {
    mutation: GraphQLField<unknown, unknown>;
    on: string;
    fields: readonly GraphQLField<unknown, unknown>[];
  },
  leaves: readonly GraphQLField<unknown, unknown>[],
  ids: KnownIds,
): Operation {
  const { declared, passed, variables } = argumentsOf(way.mutation, { ids, prefix: 'v_' });
  const leaf = leaves
    .map(({ name, type }) => `${name}${isComposite(type) ? ' { __typename }' : ''}`)
    .join(' ');
  const inner = way.fields.reduceRight((below, step) => `${step.name} { ${below} }`, leaf);
  const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
  return {
    query: `mutation Matrix${head} { ${way.mutation.name}${passed} { ... on ${way.on} { ${inner} } } }`,
    variables,
  };
}

const byId = ({ args }: GraphQLField<unknown, unknown>): number =>
  args.some(({ name }) => name === 'id') ? 1 : 0;

/** The shortest way from the root to a type through fields that `mayPass`, or nothing. Unions are not walked through. */
export function pathTo(
  schema: GraphQLSchema,
  target: string,
  mayPass: (type: string, field: string) => boolean,
): GraphQLField<unknown, unknown>[] | undefined {
  const start = schema.getQueryType();
  if (!start) return undefined;
  const queue: { type: GraphQLObjectType; path: GraphQLField<unknown, unknown>[] }[] = [
    { type: start, path: [] },
  ];
  const seen = new Set<string>();
  for (let next = queue.shift(); next; next = queue.shift()) {
    if (next.type.name === target) return next.path;
    if (seen.has(next.type.name)) continue;
    seen.add(next.type.name);
    // One row by its id before lists, in which the row at hand need not be.
    for (const field of Object.values(next.type.getFields()).toSorted((a, b) => byId(b) - byId(a))) {
      const named = getNamedType(field.type);
      if (isObjectType(named) && mayPass(next.type.name, field.name)) {
        queue.push({ type: named, path: [...next.path, field] });
      }
    }
  }
  return undefined;
}

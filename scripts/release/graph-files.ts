import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_CODES } from '@kept/subgraph-kit';
import {
  buildSchema,
  isScalarType,
  isSpecifiedScalarType,
  parse,
  printSchema,
  validate,
  type GraphQLSchema,
} from 'graphql';
import { format } from 'prettier';
import { graphChangelog, type Release } from './changelog.ts';
import { problemsOf, type AcceptedBreak } from './graph-changes.ts';
import { manifestOf, operationsOf, type OperationFile } from './make-manifest.ts';
import { operationFiles } from './operation-files.ts';

/** Where what client developers need stands. */
export const GRAPH_FOLDER = 'docs/graph';

interface Graph {
  readonly root: string;
  /** As clients see it. */
  readonly schema: GraphQLSchema;
  readonly matrix: readonly unknown[];
  /** As `2026-11-22`. */
  readonly today: string;
}

/**
 * What client developers need of this graph, by path: the schema, operations with their manifest, errors, scalars, who may
 * see what, and what changed. Throws with every reason why it would break clients.
 */
export async function graphFiles({ root, schema, matrix, today }: Graph): Promise<Record<string, string>> {
  const folder = join(root, GRAPH_FOLDER);
  const releases = readReleases(folder);
  const accepted = readBreaks(join(folder, 'accepted-breaks.json'));
  const problems = problemsOf({ before: releases.at(-1)?.schema ?? null, after: schema, accepted, today });
  const files = operationFiles([join(root, 'gateway/operations')]);
  problems.push(...leftOver(folder, files), ...unanswerable(schema, files));
  if (problems.length > 0) throw new Error(`The graph cannot go out like this:\n${problems.join('\n')}`);
  const manifest = manifestOf(files);
  const named = {
    'schema.graphql': `${printSchema(schema)}\n`,
    'operations/manifest.json': manifest,
    'errors.json': json(Object.entries(FAULT_CODES).map(([code, meaning]) => ({ code, meaning }))),
    'scalars.md': scalars(schema),
    'access-matrix.json': json(matrix),
    'CHANGELOG.md': graphChangelog({ releases, now: schema, accepted }),
  };
  const written = [
    ['gateway/operations/manifest/kept.json', manifest],
    ...Object.entries(named).map(([name, text]) => [`${GRAPH_FOLDER}/${name}`, text]),
    ...files.map(({ file, text }) => [`${GRAPH_FOLDER}/operations/${file}`, text]),
  ] as [string, string][];
  return Object.fromEntries(
    await Promise.all(
      written.map(async ([path, text]) => [path, await format(text, { filepath: path, printWidth: 110 })]),
    ),
  ) as Record<string, string>;
}

function readReleases(folder: string): Release[] {
  const directory = join(folder, 'releases');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      const [, version, day] = /^# (\d+\.\d+\.\d+), (\d{4}-\d{2}-\d{2})$/m.exec(text) ?? [];
      if (version === undefined || day === undefined)
        throw new Error(`${GRAPH_FOLDER}/releases/${file} does not begin with its version and day.`);
      const breaks = join(directory, file.replace(/graphql$/, 'breaks.json'));
      return { version, day, schema: buildSchema(text), accepted: readBreaks(breaks) };
    })
    .toSorted((one, other) => compareVersions(one.version, other.version));
}

/** Which of two versions such as `0.10.2` is the older one: negative when the first is. */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [one, other].map((version) => version.split('.').map(Number));
  for (const [at, part] of (first ?? []).entries()) {
    const difference = part - (second?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function unanswerable(schema: GraphQLSchema, files: readonly OperationFile[]): string[] {
  return operationsOf(files).flatMap(({ name, body }) =>
    validate(schema, parse(body)).map(
      ({ message }) => `The operation ${name || 'without a name'}: ${message}`,
    ),
  );
}

function leftOver(folder: string, files: readonly { file: string }[]): string[] {
  const directory = join(folder, 'operations');
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.graphql') && !files.some(({ file }) => file === name))
    .map((name) => `${GRAPH_FOLDER}/operations/${name} is in gateway/operations no more: delete it.`);
}

const REASON_CHARACTERS_MIN = 20;

function readBreaks(file: string): AcceptedBreak[] {
  if (!existsSync(file)) return [];
  const accepted = JSON.parse(readFileSync(file, 'utf8')) as AcceptedBreak[];
  for (const { change, reason } of accepted)
    if (reason.length < REASON_CHARACTERS_MIN) throw new Error(`Say why this cannot wait: ${change}`);
  return accepted;
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function scalars(schema: GraphQLSchema): string {
  const rows = Object.values(schema.getTypeMap())
    .filter(isScalarType)
    .filter((type) => !isSpecifiedScalarType(type))
    .map(({ name, description }) => `| \`${name}\` | ${(description ?? '').replaceAll('\n', ' ')} |`);
  return [
    '# Scalars',
    '',
    'Generated by `npm run generate`; never edited. Beside `ID`, `String`, `Int`, `Float` and `Boolean` of GraphQL; each is a',
    'JSON string but `MinorUnits`, which is a number.',
    '',
    '| scalar | is |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

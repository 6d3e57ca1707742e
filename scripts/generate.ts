// npm run generate                     everything that is generated and committed
// npm run generate -- types [service]  the resolver types of one service, or of all
// npm run generate -- --check          fails when a generated file differs from what stands here
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GraphQLSchema } from 'graphql';
import { securityPage } from './asvs/asvs-table.ts';
import { saqAPage } from './pci/saq-a-page.ts';
import { errorCatalogue } from './generate/error-catalogue.ts';
import { schemaTypesOf } from './generate/schema-types.ts';
import { typedClient } from './generate/typed-client.ts';
import { graphFiles } from './release/graph-files.ts';

const root = join(import.meta.dirname, '..');
const services = ['identity', 'scheduling', 'payments', 'compliance'];

/** What the gateway's own generators offer; loaded by address, because a workspace may not import the gateway. */
interface GatewayGenerators {
  composeSupergraph(): Promise<string> | string;
}
interface MatrixGenerator {
  accessMatrix(supergraphSdl: string): string;
}

interface PublicFieldsGenerator {
  publicFields(supergraphSdl: string): string;
}

interface MatrixRows {
  accessMatrixRows(supergraphSdl: string): readonly unknown[];
}
interface ApiSchema {
  apiSchemaOf(supergraphSdl: string): GraphQLSchema;
}

type Generated = Readonly<Record<string, string>>;

async function types(names: readonly string[]): Promise<Generated> {
  const files: Record<string, string> = {};
  for (const name of names) {
    const path = `services/${name}/src/schema-types.ts`;
    files[path] = await schemaTypesOf(join(root, 'services', name));
  }
  return files;
}

async function graph(): Promise<Generated> {
  const load = async <T>(file: string): Promise<T> => (await import(join(root, 'gateway/src', file))) as T;
  const { composeSupergraph } = await load<GatewayGenerators>('compose.ts');
  const { accessMatrix } = await load<MatrixGenerator>('access-matrix.ts');
  const { publicFields } = await load<PublicFieldsGenerator>('public-fields.ts');
  const supergraph = await composeSupergraph();
  const { accessMatrixRows } = await load<MatrixRows>('access-matrix.ts');
  const { apiSchemaOf } = await load<ApiSchema>('api-schema.ts');
  const schema = apiSchemaOf(supergraph);
  const forClients = await graphFiles({
    root,
    schema,
    matrix: accessMatrixRows(supergraph),
    today: new Date().toISOString().slice(0, 10),
  });
  return {
    ...forClients,
    ...(await typedClient(root, schema)),
    'gateway/supergraph.graphql': supergraph,
    'docs/access-matrix.md': accessMatrix(supergraph),
    'docs/public-fields.md': publicFields(supergraph),
    'docs/errors.md': errorCatalogue(),
    ...(await securityPage(root)),
    ...(await saqAPage(root)),
  };
}

function write(files: Generated, check: boolean): boolean {
  let current = true;
  for (const [path, text] of Object.entries(files)) {
    const target = join(root, path);
    const before = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
    if (before === text) continue;
    current = false;
    if (!check) {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
    process.stdout.write(check ? `${path} is out of date: run npm run generate\n` : `wrote ${path}\n`);
  }
  return current;
}

const [what, ...names] = process.argv.slice(2).filter((argument) => argument !== '--check');
const check = process.argv.includes('--check');
const files = {
  ...(await types(names.length > 0 ? names : services)),
  ...(what === 'types' ? {} : await graph()),
};
if (!write(files, check) && check) process.exitCode = 1;

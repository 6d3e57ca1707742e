import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessSdl } from '@kept/access-policy';
import { concatAST, parse, Source, type DocumentNode } from 'graphql';

/**
 * Every `*.graphql` below a folder, in a fixed order, with the `@access` directive and its audiences in front.
 * The server, the generated types and composition all read the schema here, so they cannot differ.
 */
export function readSdl(directory: string): DocumentNode {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.graphql'))
    .toSorted();
  if (files.length === 0) throw new Error(`There is no .graphql file below ${directory}.`);
  const slices = files.map((file) => parse(new Source(readFileSync(join(directory, file), 'utf8'), file)));
  return concatAST([parse(new Source(accessSdl, 'access.graphql')), ...slices]);
}

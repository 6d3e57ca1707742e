import { createHash } from 'node:crypto';
import {
  getOperationAST,
  Kind,
  parse,
  print,
  separateOperations,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql';

/** A `.graphql` file with operations and fragments. */
export interface OperationFile {
  readonly file: string;
  readonly text: string;
}

export interface ManifestOptions {
  /** The app in the client registry. */
  readonly app?: string | undefined;
  /** ISO 8601 with an offset; from the app's next manifest on, this one serves for another year. */
  readonly publishedAt?: string | undefined;
}

/** One operation with the fragments that it uses, as a client sends it. */
export interface Operation {
  readonly id: string;
  readonly name: string;
  readonly type: OperationDefinitionNode['operation'];
  readonly body: string;
  readonly purposes: readonly string[];
}

// `# purposes: BOOKING_SERVICE, PAYMENT` in a line of its own holds for the operations of its file.
const PURPOSES = /^#\s*purposes:\s*([A-Z_,\s]+)$/m;

/** The operations of these files, by name. Fragments may stand in any of them. Throws with a sentence naming the file. */
export function operationsOf(files: readonly OperationFile[]): Operation[] {
  const parsed = files.map(({ file, text }) => ({ document: parsedFile(file, text), text }));
  const whole: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: parsed.flatMap(({ document }) => document.definitions),
  };
  const separated = separateOperations(whole);
  const operations = parsed.flatMap(({ document, text }) => {
    const purposes = (PURPOSES.exec(text)?.[1] ?? '').split(',').map((word) => word.trim());
    return document.definitions.flatMap((definition): Operation[] => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
      const name = definition.name?.value ?? '';
      const own = separated[name];
      if (!own || getOperationAST(own)?.operation !== definition.operation)
        throw new Error(`Two operations are called "${name}".`);
      const body = print(own);
      const id = createHash('sha256').update(body).digest('hex');
      return [{ id, name, type: definition.operation, body, purposes: purposes.filter(Boolean) }];
    });
  });
  const names = operations.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw new Error(`Two operations are called "${twice}".`);
  return operations.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A manifest as the gateway reads it: Apollo's format, with what Kept wants to know around it. */
export function manifestOf(
  files: readonly OperationFile[],
  { app, publishedAt }: ManifestOptions = {},
): string {
  const operations = operationsOf(files);
  const purposes = Object.fromEntries(
    operations.filter((each) => each.purposes.length > 0).map((each) => [each.name, each.purposes]),
  );
  const manifest = {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: operations.map(({ id, name, type, body }) => ({ id, name, type, body })),
  };
  const about = { ...(app !== undefined && { app }), ...(publishedAt !== undefined && { publishedAt }) };
  return `${JSON.stringify({ ...about, purposes, manifest }, null, 2)}\n`;
}

function parsedFile(file: string, text: string): DocumentNode {
  try {
    return parse(text);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file} is not GraphQL: ${words}`, { cause });
  }
}

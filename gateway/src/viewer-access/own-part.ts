import { join } from 'node:path';
import type { GraphQLDataSource } from '@apollo/gateway';
import type { Decisions } from '@kept/access-policy';
import { Fault, readSdl } from '@kept/subgraph-kit';
import {
  buildASTSchema,
  concatAST,
  execute,
  parse,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { RequestContext } from '../context.ts';
import type { SubgraphAnswer } from '../fetch/read-answer.ts';
import type { Subgraphs } from '../fetch/open-subgraphs.ts';
import { openBoundedCache } from '../operations/bounded-cache.ts';
import { openAccessOfViewer } from './access-of-viewer.ts';

/** The gateway's own part of the graph, as the supergraph names it. It has no address: nothing leaves the process. */
export const OWN_PART = 'gateway';

/** The schema of that part, which is composed with those of the services. Read from the sources, as theirs are. */
export const ownPartSdl = (): DocumentNode => readSdl(join(import.meta.dirname, '../../src/viewer-access'));

// What federation asks of a subgraph. `_service` is not here: the schema comes from the file.
const MACHINERY = parse(`
  scalar _Any
  union _Entity = Viewer
  type Query { _entities(representations: [_Any!]!): [_Entity]! }
`);

type Asked = Pick<Subgraphs, 'fetch' | 'sourceOf'>;

/** The subgraphs, with the gateway's own part beside them: answered here from the tables that decide. */
export function withOwnPart(subgraphs: Asked, decisions: Decisions): Asked {
  const answer = openOwnPart(decisions);
  return {
    fetch: (service, request, context) => {
      if (service !== OWN_PART) return subgraphs.fetch(service, request, context);
      const { query, variables } = JSON.parse(request.body.toString()) as OwnRequest;
      return answer({ query, variables }, context as RequestContext);
    },
    sourceOf: (service): GraphQLDataSource =>
      service === OWN_PART
        ? {
            process: ({ request: { query = '', variables }, context }) =>
              answer({ query, variables }, context as RequestContext),
          }
        : subgraphs.sourceOf(service),
  };
}

interface OwnRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown> | undefined;
}

function openOwnPart(decisions: Decisions) {
  const schema = ownSchema(decisions);
  const documents = openBoundedCache<DocumentNode>({ entriesMax: 500, keyCharactersMax: 512 * 1024 });
  return async ({ query, variables }: OwnRequest, contextValue: RequestContext): Promise<SubgraphAnswer> => {
    // From our own planner, which has validated it.
    const known = documents.get(query);
    const document = known ?? parse(query, { noLocation: true });
    if (!known) documents.set(query, document);
    const { data, errors } = await execute({
      schema,
      document,
      contextValue,
      ...(variables && { variableValues: variables }),
    });
    return {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map((error) => inOurWords(error, contextValue)) }),
    };
  };
}

function inOurWords({ originalError, path }: GraphQLError, { log }: RequestContext) {
  const where = path ? { path } : {};
  if (originalError instanceof Fault) {
    const { message, code, field } = originalError;
    return { message, ...where, extensions: { code, ...(field !== undefined && { field }) } };
  }
  log.error({ err: originalError }, 'the gateway’s own part failed');
  return { message: 'Something went wrong on our side.', ...where, extensions: { code: 'INTERNAL' } };
}

function ownSchema(decisions: Decisions): GraphQLSchema {
  const schema = buildASTSchema(concatAST([ownPartSdl(), MACHINERY]), { assumeValidSDL: true });
  const accessOf = openAccessOfViewer(decisions);
  const resolve = (type: string, field: string, resolver: (...all: never[]) => unknown) => {
    const found = schema.getType(type);
    const definition = found && 'getFields' in found ? found.getFields()[field] : undefined;
    if (!definition || !('args' in definition)) throw new Error(`${type}.${field} is not in the SDL.`);
    definition.resolve = resolver as NonNullable<typeof definition.resolve>;
  };
  resolve(
    'Query',
    '_entities',
    (_: unknown, { representations }: { representations: { id: unknown }[] }, { caller }: RequestContext) =>
      // Only ever about whoever asks: another account's id stands for nobody here.
      representations.map(({ id }) =>
        caller.accountId !== null && id === caller.accountId ? { __typename: 'Viewer', id } : null,
      ),
  );
  resolve(
    'Viewer',
    'access',
    (_: unknown, { coordinates }: { coordinates: string[] }, context: RequestContext) =>
      accessOf(coordinates, context),
  );
  return schema;
}

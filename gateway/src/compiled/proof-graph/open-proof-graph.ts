import { ApolloGateway } from '@apollo/gateway';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { forbidVendorTelemetry } from '../../config.ts';
import type { SubgraphAnswer } from '../../fetch/read-answer.ts';
import { openApolloPlanner } from '../apollo-planner.ts';
import type { AskContext } from '../ask-safely.ts';
import { openCompiledExecutor } from '../compiled-executor.ts';
import { PROOF_RESOLVERS } from './resolvers.ts';
import { PROOF_SCHEMAS } from './schemas.ts';

export interface SentRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}
/** Changes a subgraph's answer on its way to the executor, the same way for both. */
export type Meddle = (service: string, sent: SentRequest, answer: SubgraphAnswer) => SubgraphAnswer;

export interface Question {
  readonly document: DocumentNode;
  readonly text: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}
type StockResult = ExecutionResult & {
  readonly extensions?: { readonly valueCompletion?: readonly { path?: readonly (string | number)[] }[] };
};
export interface ProofGraph {
  readonly schema: GraphQLSchema;
  readonly sent: { service: string; body: string; kind: string }[];
  /** What was written down, as the log gets it. */
  readonly logged: unknown[][];
  meddle: Meddle;
  signal: AbortSignal;
  compiled(question: Question): Promise<ExecutionResult>;
  stock(question: Question): Promise<StockResult>;
  stop(): Promise<void>;
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

// As our data source gives errors on: each with a code of the catalogue.
const presentable = ({ errors, ...answer }: SubgraphAnswer): SubgraphAnswer => ({
  ...answer,
  ...(errors && { errors: errors.map((error) => ({ ...error, extensions: { code: 'CONFLICT' } })) }),
});

/** Composes the schemas into a supergraph. */
export function composeProof(schemas: Readonly<Record<string, DocumentNode>>): string {
  const services = Object.entries(schemas).map(([name, typeDefs]) => ({
    name,
    typeDefs,
    url: `http://${name}`,
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** Apollo's executor and the compiled one on one supergraph, asking the same subgraphs in memory. */
export async function openProofGraph(
  schemas: Readonly<Record<string, DocumentNode>> = PROOF_SCHEMAS,
  resolvers: Readonly<Record<string, object>> = PROOF_RESOLVERS,
): Promise<ProofGraph> {
  forbidVendorTelemetry();
  const subgraphs = new Map(
    Object.entries(schemas).map(([name, typeDefs]) => {
      const modules = [{ typeDefs, resolvers: resolvers[name] }];
      return [name, buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0])];
    }),
  );
  const answerOf = async (service: string, sent: SentRequest): Promise<SubgraphAnswer> => {
    const schema = subgraphs.get(service);
    if (!schema) throw new Error(`There is no subgraph ${service}.`);
    const result = await execute({ schema, document: parse(sent.query), variableValues: sent.variables });
    return graph.meddle(service, sent, presentable(JSON.parse(JSON.stringify(result)) as SubgraphAnswer));
  };
  const supergraphSdl = composeProof(schemas);
  const planner = openApolloPlanner(supergraphSdl);
  const compiled = openCompiledExecutor({
    planner,
    ask: (service, request, _context: AskContext) => {
      graph.sent.push({ service, ...request });
      return answerOf(service, JSON.parse(request.body) as SentRequest);
    },
  });
  const stock = new ApolloGateway({
    supergraphSdl,
    logger: silent,
    buildService: ({ name }) => ({
      process: ({ request: { query, variables } }) =>
        // As it would arrive: without what is undefined.
        answerOf(name, JSON.parse(JSON.stringify({ query, variables })) as SentRequest),
    }),
  });
  await stock.load();
  const graph: ProofGraph = {
    schema: planner.apiSchema,
    sent: [],
    logged: [],
    meddle: (_service, _sent, answer) => answer,
    signal: new AbortController().signal,
    compiled: ({ document, text, variables = {} }) =>
      compiled({
        document,
        queryHash: text,
        variables,
        context: {
          signal: graph.signal,
          log: { error: (...line: unknown[]) => void graph.logged.push(line) },
        },
      }),
    stock: ({ document, text, variables = {} }) =>
      stock.executor({
        request: { variables },
        document,
        queryHash: text,
        context: {},
        metrics: {},
        logger: silent,
      } as unknown as Parameters<typeof stock.executor>[0]) as Promise<StockResult>,
    stop: () => stock.stop(),
  };
  return graph;
}

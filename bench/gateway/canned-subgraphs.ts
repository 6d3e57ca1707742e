// The four subgraphs of `bench/gateway.ts`, in a process of their own: every answer is made once from the schema and then
// kept as text, so that what is measured is the gateway in front. Also the key set that access tokens are checked with.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { readSdl } from '@kept/subgraph-kit';
import {
  defaultFieldResolver,
  execute,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isScalarType,
  parse,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

const SERVICES = ['identity', 'scheduling', 'payments', 'compliance'];
const PAGE = 20;
const SCALARS: Readonly<Record<string, unknown>> = {
  Int: 50,
  Float: 1.5,
  Boolean: false,
  String: 'A text of usual length',
  DateTime: '2030-01-01T10:00:00.000Z',
  MinorUnits: 5000,
};

const schemas = new Map<string, GraphQLSchema>(
  SERVICES.map((name) => [
    name,
    buildSubgraphSchema(readSdl(join(import.meta.dirname, '../../services', name, 'src'))),
  ]),
);

function made(type: GraphQLOutputType, path: string, schema: GraphQLSchema): unknown {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    // Twenty bookings, and a few of everything that hangs on one.
    const size = path.endsWith('nodes') ? PAGE : 1;
    return Array.from({ length: size }, (_, at) => made(nullable.ofType, `${path}.${at}`, schema));
  }
  const named = getNamedType(nullable);
  if (isEnumType(named)) return named.getValues()[0]?.value;
  if (isScalarType(named)) return SCALARS[named.name] ?? path;
  const object = isAbstractType(named) ? schema.getPossibleTypes(named)[0] : named;
  return { __typename: object?.name, madeAt: path };
}

// oxlint-disable-next-line max-params -- graphql-js's signature
const resolve: GraphQLFieldResolver<unknown, unknown> = (parent, given, context, info) => {
  const own: unknown = defaultFieldResolver(parent, given, context, info);
  if (own !== undefined) return own;
  const above = (parent as { madeAt?: string } | undefined)?.madeAt ?? '';
  return made(info.returnType, `${above}.${info.fieldName}`, info.schema);
};

const answers = new Map<string, Buffer>();
async function answerOf(service: string, body: string): Promise<Buffer> {
  const { query, variables = {} } = JSON.parse(body) as {
    query: string;
    variables?: Record<string, unknown>;
  };
  const key = `${service}\n${query}\n${JSON.stringify(variables['representations'] ?? null)}`;
  const known = answers.get(key);
  if (known) return known;
  const schema = schemas.get(service);
  if (!schema) throw new Error(`There is no subgraph ${service}.`);
  const result = await execute({
    schema,
    document: parse(query),
    variableValues: variables,
    fieldResolver: resolve,
  });
  if (result.errors)
    process.stderr.write(`${service}: ${result.errors.map(({ message }) => message).join('; ')}\n`);
  const answer = Buffer.from(JSON.stringify(result));
  answers.set(key, answer);
  return answer;
}

// Identity's control feed: nobody is signed out here, and it says so every two seconds.
function followNothing(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"type":"complete"}\n');
  const timer = setInterval(() => response.write('{"type":"alive"}\n'), 2_000);
  response.on('close', () => clearInterval(timer));
}

const jwks = process.env['BENCH_JWKS'] ?? '{"keys":[]}';
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const service = (request.url ?? '').slice(1);
    const send = (answer: Buffer) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
        .end(answer);
    if (service === 'jwks.json') send(Buffer.from(jwks));
    else if (service === 'control/feed') followNothing(response);
    // Access records, and whatever else a gateway tells its services besides asking them.
    else if (!schemas.has(service)) send(Buffer.from('{}'));
    else void answerOf(service, Buffer.concat(chunks).toString()).then(send);
  });
});
server.keepAliveTimeout = 65_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
process.on('disconnect', () => process.exit());

// Apollo's subgraph compatibility suite wants one subgraph of its own invention, `products`: here it is on our subgraph
// kit, with the suite's schema and the rows that its cases expect.
import { accessSdl } from '@kept/access-policy';
import { anonymousCaller, PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import { listen, openClock, openLog, startSubgraph } from '@kept/subgraph-kit';
import { randomBytes } from 'node:crypto';
import {
  Kind,
  parse,
  visit,
  type ConstDirectiveNode,
  type DocumentNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
} from 'graphql';

type Row = Readonly<Record<string, unknown>>;
const products: Row[] = [
  { id: 'apollo-federation', sku: 'federation', package: '@apollo/federation', variation: { id: 'OSS' } },
  { id: 'apollo-studio', sku: 'studio', package: '', variation: { id: 'platform' } },
];
const research: Readonly<Record<string, Row>> = {
  'apollo-federation': { study: { caseNumber: '1234', description: 'Federation Study' } },
  'apollo-studio': { study: { caseNumber: '1235', description: 'Studio Study' } },
};
const user: Row = { email: 'support@apollographql.com', name: 'Jane Smith', totalProductsCreated: 1337 };
const deprecated: Row = {
  sku: 'apollo-federation-v1',
  package: '@apollo/federation-v1',
  reason: 'Migrate to Federation V2',
  createdBy: user,
};

const has = (row: Row, wanted: Row): boolean =>
  Object.entries(wanted).every(([key, value]) => {
    if (key === '__typename') return true;
    const own = row[key];
    return typeof value === 'object' && value !== null ? has(own as Row, value as Row) : own === value;
  });
const oneOf = (rows: readonly Row[]) => (wanted: Row) => rows.find((row) => has(row, wanted)) ?? null;

const resolvers = {
  Query: {
    product: (_: unknown, given: Row) => oneOf(products)(given),
    deprecatedProduct: (_: unknown, given: Row) => oneOf([deprecated])(given),
  },
  Product: {
    __resolveReference: oneOf(products),
    dimensions: () => ({ size: 'small', weight: 1, unit: 'kg' }),
    createdBy: () => user,
    research: ({ id }: Row) => [research[String(id)]],
  },
  DeprecatedProduct: { __resolveReference: oneOf([deprecated]) },
  ProductResearch: { __resolveReference: oneOf(Object.values(research)) },
  User: {
    // What it is given by `@requires` counts, and not what is known here.
    __resolveReference: (given: Row) => ({ ...user, ...given }),
    averageProductsCreatedPerYear: (row: Row) =>
      Math.round(Number(row['totalProductsCreated']) / Number(row['yearsOfEmployment'])),
  },
  Inventory: {
    __resolveReference: oneOf([{ id: 'apollo-oss' }]),
    deprecatedProducts: () => [deprecated],
  },
};

/** The suite's schema as our kit wants it: everything says whom it is for, here everybody. */
export function publicProducts(sdl: string): DocumentNode {
  const [access] = parse('type T @access(allow: [PUBLIC]) { f: Int }').definitions;
  const everybody = (access as ObjectTypeDefinitionNode).directives ?? [];
  const withAccess = (node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode) => {
    const add = <T extends { readonly directives?: readonly ConstDirectiveNode[] | undefined }>(
      to: T,
    ): T => ({
      ...to,
      directives: [...(to.directives ?? []), ...everybody],
    });
    return node.name.value === 'Query' ? { ...node, fields: node.fields?.map(add) ?? [] } : add(node);
  };
  const classified = visit(parse(sdl), {
    [Kind.OBJECT_TYPE_DEFINITION]: withAccess,
    [Kind.OBJECT_TYPE_EXTENSION]: withAccess,
  });
  const link = 'extend schema @link(url: "https://kept.example/access/v1.0", import: ["@access"])';
  return {
    kind: Kind.DOCUMENT,
    definitions: [...classified.definitions, ...parse(`${link} ${accessSdl}`).definitions],
  };
}

/**
 * Serves it on `port`. The kit answers nobody without a passport, and the suite has none: a proxy in front signs one for
 * each request, as our gateway does.
 */
export async function serveProducts(
  typeDefs: DocumentNode,
  port: number,
): Promise<{ stop(): Promise<void> }> {
  const key: PassportKey = { id: 'suite', secret: randomBytes(32) };
  const log = openLog({ service: 'products', level: 'silent' });
  const clock = openClock();
  const subgraph = await startSubgraph({
    service: 'products',
    typeDefs,
    resolvers,
    relations: {},
    context: (request) => request,
    ready: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [key],
    clock,
    log,
  });
  const caller = anonymousCaller({
    organizationId: null,
    requestId: 'suite',
    operationName: null,
    networkAddress: null,
    policyVersion: 'suite',
  });
  const proxy = await listen({
    host: 'localhost',
    port,
    log,
    routes: [
      {
        method: 'POST',
        path: '/',
        async handle({ body, headers }) {
          const passport = signPassport({ caller, service: 'products', body, key, now: clock() });
          const trace = headers['apollo-federation-include-trace'];
          const response = await fetch(`${subgraph.url}/graphql`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              [PASSPORT_HEADER]: passport,
              ...(typeof trace === 'string' && { 'apollo-federation-include-trace': trace }),
            },
            body,
          });
          return {
            status: response.status,
            headers: { 'content-type': 'application/json' },
            body: await response.text(),
          };
        },
      },
    ],
  });
  return {
    async stop() {
      await proxy.stop();
      await subgraph.stop();
    },
  };
}

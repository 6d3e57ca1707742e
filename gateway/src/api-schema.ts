import { Supergraph } from '@apollo/federation-internals';
import { lexicographicSortSchema, type GraphQLSchema } from 'graphql';

/** What clients see of a supergraph: no joins, no audiences, nothing inaccessible; in alphabetical order. */
export const apiSchemaOf = (supergraphSdl: string): GraphQLSchema =>
  lexicographicSortSchema(Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema());

// What a planner has to give us, in our own words: @apollo/query-planner stands behind `Planner` in apollo-planner.ts,
// and another one (Hive's Rust planner, MIT) could take its place without a change to anything else in this folder.
import type { DocumentNode, GraphQLSchema } from 'graphql';

/** How one operation is answered: which subgraph is asked what, and in which order. Null when nobody has to be asked. */
export type Plan = PlanNode | null;

export type PlanNode =
  | { readonly kind: 'sequence' | 'parallel'; readonly nodes: readonly PlanNode[] }
  | { readonly kind: 'fetch'; readonly fetch: PlannedFetch }
  /** Asked only for requests in which a Boolean variable has (not) this value. */
  | { readonly kind: 'condition'; readonly variable: string; readonly then: Plan; readonly otherwise: Plan };

/** One sub-request. With `requires` it asks `_entities` about every object at `path`, else the root type. */
export interface PlannedFetch {
  readonly service: string;
  readonly text: string;
  readonly operationName: string | undefined;
  readonly operationKind: 'query' | 'mutation';
  /** The client's variables that the text uses. */
  readonly variables: readonly string[];
  /** Where in the data the answer belongs. */
  readonly path: readonly PathStep[];
  /** What of each object its representation is made of. */
  readonly requires: readonly RequiredSelection[] | null;
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
}

/** One step from an object to what lies beneath: into a field, into every item of a list, or on only if of these types. */
export type PathStep =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'items' }
  | { readonly kind: 'types'; readonly names: readonly string[] };

export type RequiredSelection =
  | { readonly kind: 'field'; readonly key: string; readonly selections: readonly RequiredSelection[] | null }
  | {
      readonly kind: 'fragment';
      readonly type: string | null;
      readonly selections: readonly RequiredSelection[];
    };

/**
 * A change to representations before they go out, or to an answer before it is merged. A planner makes them where one
 * subgraph knows an interface as an object type, and where two types give one response key different types.
 */
export type Rewrite =
  | {
      readonly kind: 'set';
      readonly path: readonly PathStep[];
      readonly key: string;
      readonly value: unknown;
    }
  | {
      readonly kind: 'rename';
      readonly path: readonly PathStep[];
      readonly key: string;
      readonly to: string;
    };

export interface Planner {
  /** What clients may ask. */
  readonly apiSchema: GraphQLSchema;
  /** With everything that clients do not see. */
  readonly supergraphSchema: GraphQLSchema;
  /** Plans the one operation of a validated document. Throws when it cannot. */
  plan(document: DocumentNode): Plan;
}

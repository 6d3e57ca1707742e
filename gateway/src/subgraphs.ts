/** The services behind the graph, as the supergraph names them. */
export const SUBGRAPHS = ['identity', 'scheduling', 'payments', 'compliance'] as const;

import type { ApolloGateway } from '@apollo/gateway';

/** What plans and fetches an operation. Only this shape is Apollo's; every rule of ours stands outside its classes. */
export type Executor = ApolloGateway['executor'];
export type ExecutorRequest = Parameters<Executor>[0];
export type ExecutorResult = Awaited<ReturnType<Executor>>;

export { callerOf, passportFor, testPassportKey } from './callers.ts';
export { eventually } from './eventually.ts';
export { fixedClock, type FixedClock } from './fixed-clock.ts';
export { describeWithRedis, redisForTests, redisIsAvailable, type TestRedis } from './redis.ts';
export { requestSubgraph, type GraphQLResponse } from './request-subgraph.ts';
export { startTcpProxy, type Fault, type TcpProxy } from './tcp-proxy.ts';
export { testOrganization } from './test-organization.ts';
export { testPostgresUrl, throwAwayDatabase, type ThrowAwayDatabase } from './throw-away-database.ts';

// An entry of its own: the test runner needs the server alone, without the mail sink and the payment simulator.
export { startPostgres, type PostgresOptions, type PostgresServer } from './server.ts';
export { PostgresTrouble } from './trouble.ts';

export { PostgresTrouble } from './postgres/trouble.ts';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres/server.ts';

import { refused } from '@kept/subgraph-kit';

/** Where a page of the ledger ended. */
export interface Position {
  createdAt: string;
  id: string;
}

export const writePosition = ({ createdAt, id }: { createdAt: Date; id: string }): string =>
  Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');

// Exactly what PostgreSQL reads as an instant and an id: it has no year 0 and no 30 February.
const POSITION =
  /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const exists = (instant: string): boolean =>
  !Number.isNaN(Date.parse(instant)) && new Date(instant).toISOString() === instant;

export function readPosition(cursor: string, field: string): Position {
  const [, createdAt, id] = POSITION.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || !exists(createdAt)) {
    throw refused.badInput('This cursor is not one of ours.', { field });
  }
  return { createdAt, id };
}

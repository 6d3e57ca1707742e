import { randomUUID } from 'node:crypto';
import type { AccessRecord } from './access-record.ts';

/** A record of one read of one field, for tests. */
export const anAccessRecord = (more: Partial<AccessRecord> = {}): AccessRecord => ({
  id: randomUUID(),
  occurredAt: '2030-01-01T00:00:00.000Z',
  organizationId: randomUUID(),
  actor: { kind: 'STAFF', id: randomUUID() },
  sessionId: null,
  requestId: 'request',
  operation: { name: null, hash: 'a'.repeat(64), kind: 'query' },
  client: null,
  purposes: [],
  answered: ['Client.email'],
  rows: 1,
  subjects: [],
  denied: [],
  violations: [],
  emergency: false,
  occurrences: 1,
  ...more,
});

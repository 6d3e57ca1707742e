import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { throwAwayDatabase } from '@kept/testing';
import { DataSource } from 'typeorm';
import { admitEntry } from './audit/admit-entry.ts';
import type { AuditFacts } from './audit/admit-entry.ts';
import { complianceEntities } from './database.ts';
import { migrations } from './migrations.ts';

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** A database of this service for one test file. `outside` is somebody who has the database server: no wall, no trigger. */
export async function openStage() {
  const stage = await throwAwayDatabase({ service: 'compliance', migrations, entities: complianceEntities });
  return {
    ...stage,
    keys: generateKeyPairSync('ed25519'),
    outside: async (sql: string): Promise<void> => {
      const superuser = await new DataSource({ type: 'postgres', url: stage.adminUrl }).initialize();
      try {
        await superuser.query(`SET LOCAL session_replication_role = replica; ${sql}`);
      } finally {
        await superuser.destroy();
      }
    },
    /** Admits entries in one transaction; answers their ids in order. */
    admit: async (
      organizationId: string,
      count: number,
      more: Partial<AuditFacts> = {},
    ): Promise<string[]> => {
      const ids = Array.from({ length: count }, () => randomUUID());
      await stage.database.transaction(organizationId, async (tx) => {
        for (const [index, id] of ids.entries())
          await admitEntry(tx, {
            id,
            service: 'scheduling',
            now: new Date('2027-03-01T09:00:00Z'),
            facts: {
              action: 'booking_confirmed',
              actor: { kind: 'CLIENT', id: randomUUID() },
              subject: { type: 'Booking', id: randomUUID() },
              dataSubjectId: randomUUID(),
              occurredAt: '2027-03-01T08:59:59.123456Z',
              requestId: `request-${index}`,
              outcome: 'success',
              details: { version: '1' },
              ...more,
            },
          });
      });
      return ids;
    },
  };
}

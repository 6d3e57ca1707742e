/** A scheduling service whose process can die between any two steps to its database, and what it leaves behind. */
import { openDatabase } from '@kept/database';
import { readSdl, startSubgraph } from '@kept/subgraph-kit';
import { startTcpProxy, testPassportKey, type TcpProxy } from '@kept/testing';
import { relations, verbs, withinPlaces } from '../policies.ts';
import { contextFor } from '../context.ts';
import { schedulingEntities } from '../database.ts';
import { resolvers } from '../resolvers.ts';
import { testGraph, type TestGraph, type TestScheduling } from '../scheduling-for-tests.ts';

export interface DyingService extends TestGraph {
  readonly proxy: TcpProxy;
  stop(): Promise<void>;
}

/** The same service as `test`, as a second process would be: its own connections, which end where the test says. */
export async function startDyingService(test: TestScheduling): Promise<DyingService> {
  const proxy = await startTcpProxy({ targetUrl: test.stored.appUrl });
  const database = await openDatabase({
    url: proxy.url,
    entities: schedulingEntities,
    applicationName: 'test dying',
    poolMax: 2,
  });
  const { clock, log } = test.scheduling;
  const subgraph = await startSubgraph({
    service: 'scheduling',
    typeDefs: readSdl(`${import.meta.dirname}/..`),
    resolvers,
    relations,
    verbs,
    withinPlaces,
    context: contextFor({ ...test.scheduling, database }),
    ready: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('scheduling')],
    clock,
    log,
  });
  return {
    proxy,
    ...testGraph({ url: subgraph.url, clock }),
    stop: async () => {
      await subgraph.stop();
      proxy.cutAll();
      await database.close().catch(() => undefined);
      await proxy.stop();
    },
  };
}

/** Rows that nothing accounts for: time that nobody has and nobody can get, or bookings without their time. */
export async function leaks(test: TestScheduling, organizationId: string, now: Date): Promise<string[]> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ leak: string }>(
      `SELECT 'time held for nobody' AS leak FROM allocation a
         WHERE a.status = 'held' AND a.expires_at > $1 AND a.owner_kind = 'hold' AND NOT EXISTS (
           SELECT FROM slot_hold h WHERE h.id = a.owner_id AND h.status = 'LIVE')
       UNION ALL
       SELECT 'time booked for nobody' FROM allocation a
         WHERE a.status IN ('pending', 'confirmed') AND a.owner_kind = 'booking' AND NOT EXISTS (
           SELECT FROM booking b WHERE b.id = a.owner_id
             AND b.status IN ('CONFIRMED', 'COMPLETED', 'NO_SHOW', 'PENDING_REVIEW', 'PENDING_APPROVAL')
             AND a.period @> tstzrange(b.starts_at, b.ends_at))
       UNION ALL
       SELECT 'confirmed without time' FROM booking b
         WHERE b.status = 'CONFIRMED' AND NOT EXISTS (
           SELECT FROM allocation a WHERE a.owner_id = b.id AND a.status = 'confirmed'
             AND a.period @> tstzrange(b.starts_at, b.ends_at))
           AND NOT EXISTS (SELECT FROM session_seat s JOIN group_session g ON g.id = s.session_id
             WHERE s.booking_id = b.id AND s.counted AND (g.starts_at, g.ends_at) = (b.starts_at, b.ends_at))
       UNION ALL
       SELECT 'a hold without its booking' FROM slot_hold h
         WHERE NOT EXISTS (SELECT FROM booking b WHERE b.id = h.booking_id)
       UNION ALL
       SELECT 'a key without an answer' FROM idempotency_key k WHERE k.result IS NULL`,
      [now],
    ),
  );
  return rows.map(({ leak }) => leak);
}

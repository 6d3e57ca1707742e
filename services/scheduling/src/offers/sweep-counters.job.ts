import type { Transaction } from '@kept/database';
import { defineJob, handler, type Handler } from '@kept/jobs';
import type { Scheduling } from '../scheduling.ts';

/** Hygiene only: counters of what is over, which nobody will ask again. What they count goes with its bookings. */
export const sweepCounters = defineJob({ name: 'sweep-counters', attempts: 1 });
const BATCH = 5000;
const DAY_MS = 86_400_000;
const QUANTUM_MS = 5 * 60_000;

export const sweepCountersHandler = (scheduling: Scheduling): Handler =>
  handler(sweepCounters, () =>
    scheduling.database.forEachOrganization(sweepCounters.name, (tx) =>
      removeCounters(tx, scheduling.clock()),
    ),
  );

/**
 * Quanta two days after they are over (a claim lasts at most two), periods when a month has passed twice, and sessions that
 * nobody has a seat in any more: those that took place lose theirs with their bookings, after two years.
 */
export async function removeCounters(tx: Transaction, now: Date): Promise<void> {
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  await tx.query(
    `DELETE FROM capacity_use WHERE (resource_id, quantum) IN (
       SELECT u.resource_id, u.quantum FROM capacity_use u JOIN resource r ON r.id = u.resource_id AND r.capacity IS NOT NULL
       WHERE u.quantum < $1 LIMIT ${BATCH})`,
    [Math.floor(daysAgo(4).getTime() / QUANTUM_MS)],
  );
  await tx.query(
    `DELETE FROM limit_use WHERE (limit_id, subject_id, period_start) IN (
       SELECT limit_id, subject_id, period_start FROM limit_use WHERE period_start < $1::date LIMIT ${BATCH})`,
    [daysAgo(70).toISOString().slice(0, 10)],
  );
  await tx.query(
    `DELETE FROM group_session WHERE id IN (
       SELECT g.id FROM group_session g WHERE g.ends_at < $1
         AND NOT EXISTS (SELECT FROM session_seat s WHERE s.session_id = g.id) LIMIT ${BATCH})`,
    [daysAgo(2)],
  );
}

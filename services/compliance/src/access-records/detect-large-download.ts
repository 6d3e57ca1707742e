import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { admitEntry } from '../audit/admit-entry.ts';
import { nameOfPolicy, type DownloadPolicy } from './settings.ts';
import type { NamedRecord } from './store-access-records.ts';

/** The action of the audit entry, and the kind of the mail. */
export const LARGE_DOWNLOAD = 'large_download';

interface Reader {
  readonly id: string;
  readonly kind: string;
  readonly latest: string;
}

// Two gateways may bring the halves of one download at the same moment, each in a transaction that does not see the other.
// One waits here for the other, in one order for all.
/** Lets whoever writes records of the same people wait, until this transaction ends. */
export async function lockActors(tx: Transaction, records: readonly NamedRecord[]): Promise<void> {
  const ids = [...new Set(records.flatMap(({ actor }) => actor.id ?? []))].toSorted();
  for (const id of ids)
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `access ${tx.organizationId} ${id}`,
    ]);
}

/**
 * Looks whether anybody among the actors of these records has read more people, or more rows, within the window than the
 * policy has for normal [DET-04]: over the records of all gateways, once per window. Their own data does not count.
 */
export async function detectLargeDownloads(
  tx: Transaction,
  { records, policy, now }: { records: readonly NamedRecord[]; policy: DownloadPolicy; now: Date },
): Promise<number> {
  let alerts = 0;
  for (const reader of readersOf(records)) {
    const amount = await amountOf(tx, reader, policy);
    if (amount.people <= policy.peopleMax && amount.rows <= policy.rowsMax) continue;
    if (await raise(tx, { reader, amount, policy, now })) alerts += 1;
  }
  return alerts;
}

function readersOf(records: readonly NamedRecord[]): Reader[] {
  const readers = new Map<string, Reader>();
  for (const { actor, occurredAt, rows } of records) {
    if (actor.id === null || rows === 0) continue;
    const before = readers.get(actor.id);
    if (!before || before.latest < occurredAt)
      readers.set(actor.id, { id: actor.id, kind: actor.kind, latest: occurredAt });
  }
  return [...readers.values()];
}

interface Amount {
  readonly people: number;
  readonly rows: number;
}

// Up to the newest record and not up to now: records may come late, after an outage.
async function amountOf(tx: Transaction, reader: Reader, policy: DownloadPolicy): Promise<Amount> {
  const [amount] = await tx.query<Amount>(
    `SELECT
       (SELECT count(DISTINCT s.data_subject_id)::int FROM access_subject s
        WHERE s.organization_id = $1 AND s.actor_id = $2 AND s.data_subject_id <> $2
          AND s.occurred_at > $3::timestamptz - make_interval(mins => $4) AND s.occurred_at <= $3) AS people,
       (SELECT coalesce(sum(r.row_count), 0)::int FROM access_record r
        WHERE r.organization_id = $1 AND r.actor_id = $2 AND $5 <> 'CLIENT'
          AND r.occurred_at > $3::timestamptz - make_interval(mins => $4) AND r.occurred_at <= $3) AS rows`,
    [tx.organizationId, reader.id, reader.latest, policy.windowMinutes, reader.kind],
  );
  return amount ?? { people: 0, rows: 0 };
}

async function raise(
  tx: Transaction,
  { reader, amount, policy, now }: { reader: Reader; amount: Amount; policy: DownloadPolicy; now: Date },
): Promise<boolean> {
  const id = randomUUID();
  const raised = await tx.query(
    `INSERT INTO access_alert (id, organization_id, actor_kind, actor_id, raised_at, people, row_count, policy)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS (
       SELECT 1 FROM access_alert WHERE organization_id = $2 AND actor_id = $4
         AND raised_at > $5::timestamptz - make_interval(mins => $9))
     RETURNING id`,
    [
      id,
      tx.organizationId,
      reader.kind,
      reader.id,
      now,
      amount.people,
      amount.rows,
      nameOfPolicy(policy),
      policy.windowMinutes,
    ],
  );
  if (raised.length === 0) return false;
  const counts = {
    people: String(amount.people),
    rows: String(amount.rows),
    minutes: String(policy.windowMinutes),
  };
  await admitEntry(tx, {
    id,
    service: 'compliance',
    now,
    facts: {
      action: LARGE_DOWNLOAD,
      actor: { kind: reader.kind, id: reader.id },
      subject: { type: 'AccessAlert', id },
      occurredAt: now.toISOString().replace('Z', '000Z'),
      requestId: null,
      outcome: 'alerted',
      details: { ...counts, policy: nameOfPolicy(policy) },
    },
  });
  await publish(tx, 'alert.raised', {
    alertId: id,
    reason: LARGE_DOWNLOAD,
    parameters: { ...counts, actor: reader.id },
  });
  return true;
}

import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { responsiblePeople } from '../accounts/responsible-people.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { ALERT_EVERY_MS, type AlertKind } from './detectors.ts';

/** What was seen, in numbers; about whom only as a keyed hash, and by account where there is one. */
export interface Sighting {
  readonly kind: AlertKind;
  readonly about: Buffer;
  readonly accountId: string | null;
  readonly failures: number;
  readonly identifiers: number;
  readonly networks: number;
  readonly windowMs: number;
  readonly requestId: string | null;
}

/** One account's failures are everyday; they are shown and written down, and nobody is woken for them. */
const TOLD_BY_MAIL: ReadonlySet<AlertKind> = new Set([
  'PREFIX_FAILURES',
  'CREDENTIAL_STUFFING',
  'DISTRIBUTED_GUESSING',
  'PASSWORD_SPRAYING',
  'FAILURE_RATIO',
  'CODES_GUESSED',
]);

/**
 * Raises an alert, once an hour for one attack; what comes after it brings the numbers up to date. With it go the event
 * `auth.failures`, an entry in the audit log, and one mail an hour to those responsible.
 */
export async function raiseAlert(
  identity: Pick<Identity, 'nudgeMail'>,
  tx: Transaction,
  { sighting, now }: { sighting: Sighting; now: Date },
): Promise<void> {
  const { kind, failures, identifiers, networks, windowMs, accountId } = sighting;
  const windowStartsAt = new Date(Math.floor(now.getTime() / ALERT_EVERY_MS) * ALERT_EVERY_MS);
  const [alert] = await tx.query<{ id: string; is_new: boolean }>(
    `INSERT INTO security_alert AS a (id, organization_id, kind, about, account_id, failures, identifiers, networks,
       window_seconds, window_starts_at, raised_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
     ON CONFLICT ON CONSTRAINT one_alert_per_attack_and_window DO UPDATE SET
       failures = greatest(a.failures, excluded.failures), identifiers = greatest(a.identifiers, excluded.identifiers),
       networks = greatest(a.networks, excluded.networks), last_seen_at = excluded.last_seen_at
     RETURNING id, id = $1 AS is_new`,
    [
      randomUUID(),
      tx.organizationId,
      kind,
      sighting.about,
      accountId,
      failures,
      identifiers,
      networks,
      windowMs / 1_000,
      windowStartsAt,
      now,
    ],
  );
  if (!alert?.is_new) return;
  await publish(tx, 'auth.failures', {
    alertId: alert.id,
    reason: kind.toLowerCase(),
    failures,
    identifiers,
    networks,
    windowSeconds: windowMs / 1_000,
    ...(accountId !== null && { dataSubjectId: accountId }),
  });
  const requestId = sighting.requestId ?? 'sign-in-watch';
  const caller = { kind: 'SERVICE', accountId: null, requestId } as const;
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'malicious_excess_attempts',
      outcome: 'failure',
      subject:
        accountId === null
          ? { type: 'Organization', id: tx.organizationId ?? '' }
          : { type: 'Account', id: accountId },
      details: { kind, failures: String(failures), windowSeconds: String(windowMs / 1_000) },
    },
  );
  if (TOLD_BY_MAIL.has(kind)) await tellResponsible(identity, tx, { failures, windowStartsAt, now });
}

async function tellResponsible(
  identity: Pick<Identity, 'nudgeMail'>,
  tx: Transaction,
  { failures, windowStartsAt, now }: { failures: number; windowStartsAt: Date; now: Date },
): Promise<void> {
  for (const accountId of await responsiblePeople(tx)) {
    await queueMail(identity, tx, {
      mail: {
        // The same for every attack in this hour: a flood of attacks is no flood of mails.
        id: mailId(`${tx.organizationId} attack ${windowStartsAt.toISOString()} ${accountId}`),
        accountId,
        template: 'sign-in-attack',
        parameters: { count: String(failures) },
      },
      now,
    });
  }
}

// A version 8 UUID of what makes the mail one (RFC 9562 §5.8).
function mailId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

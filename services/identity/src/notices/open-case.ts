import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import type { Caller } from '@kept/passport';
import { managers, responsiblePeople } from '../accounts/responsible-people.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';

export type ReportKind = 'UNFAMILIAR_SIGN_IN' | 'UNUSUAL_MESSAGE' | 'OTHER';
export type CaseKind = 'NOT_ME' | ReportKind | 'SHARED_CREDENTIAL';

/** Where the words of a report are sealed: under the key of whoever reported. */
export const reportPlace = (of: { id: string; accountId: string }): FieldPlace => ({
  subjectId: of.accountId,
  fieldClass: 'sensitive',
  table: 'security_case',
  column: 'report',
  rowId: of.id,
});

/** Opens a case, tells those who look into it, and answers its id. */
export async function openCase(
  identity: Identity,
  tx: Transaction,
  given: {
    caller: Pick<Caller, 'kind' | 'accountId' | 'requestId'>;
    accountId: string;
    kind: CaseKind;
    about: string;
    report?: string | null;
    sessionsEnded?: number;
    now: Date;
  },
): Promise<string> {
  const { caller, accountId, kind, about, report = null, sessionsEnded = 0, now } = given;
  const id = randomUUID();
  await tx.query(
    `INSERT INTO security_case (id, organization_id, account_id, kind, about, report, sessions_ended, opened_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      tx.organizationId,
      accountId,
      kind,
      about,
      report === null ? null : await identity.keyring.seal(tx, reportPlace({ id, accountId }), report),
      sessionsEnded,
      now,
    ],
  );
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'security_case_opened',
      outcome: 'success',
      subject: { type: 'SecurityCase', id },
      dataSubjectId: accountId,
      details: { kind, about, sessionsEnded: String(sessionsEnded) },
    },
  );
  for (const recipient of new Set([...(await responsiblePeople(tx)), ...(await managers(tx))])) {
    if (recipient === accountId) continue;
    await queueMail(identity, tx, { mail: { accountId: recipient, template: 'security-case-opened' }, now });
  }
  return id;
}

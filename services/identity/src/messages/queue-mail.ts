import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import type { MailAttachment } from './outgoing-mail.ts';
import type { TemplateName } from './templates/template.ts';

/** A mail to one account; without an id it gets its own. */
export interface QueuedMail {
  readonly id?: string;
  readonly accountId: string;
  readonly template: TemplateName;
  readonly flowId?: string;
  /** By mail when left out. */
  readonly channel?: 'EMAIL' | 'SMS';
  /** Goes to an address of this change, not to the account's own. */
  readonly contactChangeId?: string;
  readonly requested?: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly attachment?: MailAttachment | undefined;
  /** A link that only the mail may show, as a JWE. */
  readonly sealed?: string | undefined;
  readonly notAfter?: Date | undefined;
}

/** Writes the mail down in this transaction and nudges the queue after it. False when a mail of this id stood there. */
export async function queueMail(
  identity: Pick<Identity, 'nudgeMail'>,
  tx: Transaction,
  { mail, now }: { mail: QueuedMail; now: Date },
): Promise<boolean> {
  const id = mail.id ?? randomUUID();
  const rows = await tx.query(
    `INSERT INTO outgoing_mail (id, organization_id, account_id, flow_id, template, requested, parameters, attachment,
       state, attempts, due_at, not_after, created_at, request_id, sealed, contact_change_id, channel)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'QUEUED', 0, $9, $10, $9, $11, $12, $13, $14)
     ON CONFLICT ON CONSTRAINT mail_is_claimed_once DO NOTHING RETURNING id`,
    [
      id,
      tx.organizationId,
      mail.accountId,
      mail.flowId ?? null,
      mail.template,
      mail.requested ?? false,
      JSON.stringify(mail.parameters ?? {}),
      mail.attachment === undefined ? null : JSON.stringify(mail.attachment),
      now,
      mail.notAfter ?? null,
      tx.requestId,
      mail.sealed ?? null,
      mail.contactChangeId ?? null,
      mail.channel ?? 'EMAIL',
    ],
  );
  const { organizationId } = tx;
  if (rows.length === 0 || organizationId === null) return false;
  tx.afterCommit(() => identity.nudgeMail({ organizationId, mailId: id }));
  return true;
}

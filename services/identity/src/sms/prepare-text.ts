import type { Transaction } from '@kept/database';
import { contactPlace } from '../accounts/contact.ts';
import type { Identity } from '../identity.ts';
import { newCode, type ClaimedMail } from '../messages/prepare-mail.ts';
import type { TextMessage } from './send-text.ts';
import { writeCodeText, writeNoticeText } from './write-text.ts';

/** Puts a text message together at the moment of sending; undefined when nothing waits for it any more, or has no number. */
export async function prepareText(
  identity: Identity,
  tx: Transaction,
  message: ClaimedMail,
): Promise<TextMessage | undefined> {
  const { account_id: accountId } = message;
  const [row] = await tx.query<{ phone: Buffer | null; language: string; organization: string | null }>(
    `SELECT a.phone, a.language, o.name AS organization
     FROM account a LEFT JOIN organization_profile o USING (organization_id)
     WHERE a.id = $1 AND a.state = 'ACTIVE'`,
    [accountId],
  );
  const to = row && (await identity.keyring.open(tx, contactPlace(accountId, 'phone'), row.phone));
  if (!row || !to) return undefined;
  const organizationName = row.organization ?? 'Kept';
  // What belongs to no flow carries no code: it tells that something was changed.
  if (message.flow_id === null) return { to, text: writeNoticeText(row.language, organizationName) };
  const code = await newCode(identity, tx, message);
  if (code === undefined) return undefined;
  const facts = { organizationName, code };
  return { to, text: writeCodeText(row.language, facts) };
}

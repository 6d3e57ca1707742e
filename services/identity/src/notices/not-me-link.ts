import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import type { ClaimedMail } from '../messages/prepare-mail.ts';
import type { LetterFacts } from '../messages/templates/template.ts';
import { openOrigin, ORIGIN_COLUMNS, type OriginRow } from '../risk/sign-in-origin.ts';
import { writeToken } from '../sessions/routed-token.ts';
import { SECURITY_NOTICES } from './security-notices.ts';

/** As long as a mailbox is looked into after a holiday. */
const GOOD_FOR_MS = 30 * 24 * 3_600_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Writing = Pick<Identity, 'secrets' | 'clock' | 'keyring'>;

/**
 * What a security notice has besides its text: the link to say that it was not oneself, and on what and from where it
 * was. The token is an HMAC over the mail's id: the same mail can be sent twice, and nobody without the key makes one.
 */
export async function notMeFacts(
  identity: Writing,
  tx: Transaction,
  { mail, publicUrl }: { mail: ClaimedMail; publicUrl: string },
): Promise<Pick<LetterFacts, 'notMeUrl' | 'seen'>> {
  if (!SECURITY_NOTICES[mail.template]) return {};
  const reference = (name: string) => {
    const id = mail.parameters[name];
    return id !== undefined && UUID.test(id) ? id : null;
  };
  const sessionId = reference('sessionId');
  const now = identity.clock();
  await tx.query(
    `INSERT INTO notice_link (id, organization_id, account_id, session_id, device_id, template, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT ON CONSTRAINT one_link_per_notice DO NOTHING`,
    [
      mail.id,
      tx.organizationId,
      mail.account_id,
      sessionId,
      reference('deviceId'),
      mail.template,
      now,
      new Date(now.getTime() + GOOD_FOR_MS),
    ],
  );
  const token = notMeToken(identity, tx.organizationId ?? '', mail.id);
  const seen = sessionId === null ? undefined : await seenAt(identity, tx, sessionId);
  // Behind the #, where no server and no log sees it; the page there sends it by POST.
  return { notMeUrl: `${publicUrl.replace(/\/+$/, '')}/not-me#${token}`, ...(seen && { seen }) };
}

/** The token of a notice's link. */
export const notMeToken = (
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
  mailId: string,
): string => writeToken(secrets, 'not-me', { organizationId, id: mailId, count: 0 });

async function seenAt(identity: Writing, tx: Transaction, sessionId: string): Promise<LetterFacts['seen']> {
  const [row] = await tx.query<OriginRow>(
    `SELECT ${ORIGIN_COLUMNS} FROM sign_in_origin WHERE session_id = $1`,
    [sessionId],
  );
  if (!row) return undefined;
  const { device, place } = await openOrigin(identity, tx, row);
  return { device, city: place?.city ?? null, country: place?.country ?? null };
}

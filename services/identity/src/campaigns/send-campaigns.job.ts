import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { defineJob } from '@kept/jobs';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';

/** Writes to the next clients of each campaign. One attempt: the next run comes by itself and goes on where this ended. */
export const sendCampaigns = defineJob<Record<string, never>>({
  name: 'send-security-news',
  attempts: 1,
  timeoutMs: 120_000,
});

/** So many in one run of an organization: appointments' own mails must not wait behind news to everybody. */
export const BATCH = 100;
const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'send-security-news' } as const;

/** Queues the next batch of every campaign that is being sent; each person's at most once, whoever runs this how often. */
export async function sendDueCampaigns(identity: Identity): Promise<void> {
  await identity.database.forEachOrganization('send-security-news', async (tx) => {
    const [campaign] = await tx.query<{ id: string }>(
      "SELECT id FROM security_campaign WHERE state = 'SENDING' FOR UPDATE SKIP LOCKED",
    );
    if (campaign) await sendBatch(identity, tx, campaign.id);
  });
}

async function sendBatch(identity: Identity, tx: Transaction, campaignId: string): Promise<void> {
  const now = identity.clock();
  const clients = await tx.query<{ id: string }>(
    `SELECT a.id FROM account a
     WHERE a.kind = 'CLIENT' AND a.state = 'ACTIVE' AND a.email IS NOT NULL
       AND NOT EXISTS (SELECT FROM campaign_delivery d WHERE d.campaign_id = $1 AND d.account_id = a.id)
     ORDER BY a.id LIMIT ${BATCH}`,
    [campaignId],
  );
  for (const { id: accountId } of clients) {
    const mailId = randomUUID();
    const written = await tx.query(
      `INSERT INTO campaign_delivery (campaign_id, organization_id, account_id, mail_id, queued_at)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT one_campaign_mail_per_person DO NOTHING RETURNING mail_id`,
      [campaignId, tx.organizationId, accountId, mailId, now],
    );
    if (written.length === 0) continue;
    const mail = { id: mailId, accountId, template: 'security-update', parameters: { campaignId } } as const;
    await queueMail(identity, tx, { mail, now });
  }
  if (clients.length === BATCH) return;
  await tx.query("UPDATE security_campaign SET state = 'SENT', finished_at = $2 WHERE id = $1", [
    campaignId,
    now,
  ]);
  const [reached] = await tx.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM campaign_delivery WHERE campaign_id = $1',
    [campaignId],
  );
  await recordAudit(
    tx,
    { caller: BY_ITSELF, now },
    {
      action: 'security_update_sent',
      outcome: 'success',
      subject: { type: 'Organization', id: tx.organizationId ?? '' },
      details: { campaign: campaignId, people: String(reached?.count ?? 0) },
    },
  );
}

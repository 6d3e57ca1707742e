import { randomUUID } from 'node:crypto';
import { constraintOf } from '@kept/database';
import type { Caller } from '@kept/passport';
import { Fault, refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { readCampaignTexts, type CampaignText } from './check-text.ts';

const STEP_UP_SECONDS = 15 * 60;
const PER_WEEK_MAX = 3;
const WEEK_MS = 7 * 24 * 3_600_000;

export interface Campaign {
  readonly id: string;
  readonly texts: readonly CampaignText[];
  readonly state: 'SENDING' | 'SENT' | 'STOPPED';
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Written to so far, and of these taken by the mail server. */
  readonly queued: number;
  readonly delivered: number;
}

/**
 * Tells every active client something about security (EDU-08). No consent is asked: it is about the contract's own safety.
 * Written once, kept as it was, one at a time and three a week, so that it stays news.
 */
export async function startCampaign(
  identity: Identity,
  { caller, texts: typed }: { caller: Caller; texts: readonly CampaignText[] },
): Promise<Campaign> {
  const now = identity.clock();
  if (!caller.roles.some((role) => role === 'MANAGER' || role === 'COMPLIANCE')) throw refused.forbidden();
  requireRecentSecondFactor(caller, { now, maxAgeSeconds: STEP_UP_SECONDS });
  const texts = readCampaignTexts(typed);
  const id = randomUUID();
  const campaign = identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, now);
    const [recent] = await tx.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM security_campaign WHERE started_at > $1',
      [new Date(now.getTime() - WEEK_MS)],
    );
    if ((recent?.count ?? 0) >= PER_WEEK_MAX)
      throw new Fault('LIMIT_EXCEEDED', `At most ${PER_WEEK_MAX} a week: more would not be read.`);
    await tx.query(
      `INSERT INTO security_campaign (id, organization_id, texts, state, written_by, started_at)
       VALUES ($1, $2, $3, 'SENDING', $4, $5)`,
      [id, tx.organizationId, JSON.stringify(texts), accountId, now],
    );
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'security_update_sent',
        outcome: 'success',
        subject: { type: 'Organization', id: tx.organizationId ?? '' },
        details: { campaign: id, languages: texts.map(({ language }) => language).join(' ') },
      },
    );
    return {
      id,
      texts,
      state: 'SENDING',
      startedAt: now,
      finishedAt: null,
      queued: 0,
      delivered: 0,
    } as const;
  });
  return campaign.catch((error: unknown) => {
    if (constraintOf(error) === 'one_campaign_at_a_time')
      throw new Fault('CONFLICT', 'The last news is still being sent. Please wait until everybody has it.', {
        cause: error,
      });
    throw error;
  });
}

/** The organization's campaigns, newest first, with how many were reached: the archive of what clients were told. */
export function listCampaigns(identity: Identity, caller: Caller, first: number): Promise<Campaign[]> {
  return identity.database.transaction(organizationOf(caller), (tx) =>
    tx.query<Campaign>(
      // A mail that is not there any more was finished three months ago.
      `SELECT c.id, c.texts, c.state, c.started_at AS "startedAt", c.finished_at AS "finishedAt",
         (SELECT count(*)::int FROM campaign_delivery d WHERE d.campaign_id = c.id) AS queued,
         (SELECT count(*)::int FROM campaign_delivery d LEFT JOIN outgoing_mail m ON m.id = d.mail_id
           WHERE d.campaign_id = c.id AND (m.id IS NULL OR m.state = 'SENT')) AS delivered
       FROM security_campaign c ORDER BY c.started_at DESC, c.id LIMIT $1`,
      [first],
    ),
  );
}

import type { Transaction } from '@kept/database';
import type { LetterFacts } from '../messages/templates/template.ts';
import { textFor, type CampaignText } from './check-text.ts';

/** What a mail of a campaign says to this recipient, in their language; nothing for any other mail. */
export async function campaignFacts(
  tx: Transaction,
  mail: {
    readonly template: string;
    readonly account_id: string;
    readonly parameters: Record<string, string>;
  },
): Promise<Pick<LetterFacts, 'ownText'>> {
  if (mail.template !== 'security-update') return {};
  const [found] = await tx.query<{ texts: CampaignText[]; own: string; business: string | null }>(
    `SELECT c.texts, a.language AS own, o.language AS business FROM security_campaign c
     JOIN account a ON a.id = $2 LEFT JOIN organization_profile o ON o.organization_id = c.organization_id
     WHERE c.id::text = $1`,
    [mail.parameters['campaignId'] ?? '', mail.account_id],
  );
  const chosen = found && textFor(found.texts, { own: found.own, business: found.business ?? 'en' });
  if (!chosen) throw new Error('A mail of a campaign has lost its text.');
  return { ownText: { subject: chosen.subject, paragraphs: chosen.text.split(/\n\s*\n/) } };
}

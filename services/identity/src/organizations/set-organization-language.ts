import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { readLanguage } from '../accounts/preferred-language.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';

const TAG = /^[a-z]{2}(-[A-Z]{2})?$/;

/** Sets the language of mails to people who join from now on and name none. */
export async function setOrganizationLanguage(
  { database, clock }: Pick<Identity, 'database' | 'clock'>,
  { caller, language: typed }: { caller: Caller; language: string },
): Promise<{ language: string }> {
  const language = readLanguage(typed);
  // A script or a dialect is for people, not for a business's letter-head.
  if (!TAG.test(language))
    throw refused.badInput('A language is written like de or de-AT.', { field: 'language' });
  const organizationId = organizationOf(caller);
  return database.transaction(organizationId, async (tx) => {
    await tx.query('UPDATE organization_profile SET language = $2 WHERE organization_id = $1', [
      organizationId,
      language,
    ]);
    await recordAudit(
      tx,
      { caller, now: clock() },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Organization', id: organizationId },
        details: { change: 'language', language },
      },
    );
    return { language };
  });
}

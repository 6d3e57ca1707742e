import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';

/**
 * A language in its canonical form, such as `de` or `de-AT` (BCP 47). Any language is taken: where we have no texts in it
 * mails are in English, and once we have them nobody needs to be asked again.
 */
export function readLanguage(tag: string): string {
  try {
    if (tag.length <= 35) return new Intl.Locale(tag).baseName;
  } catch {
    // Answered below: what is no tag and what is too long are the same mistake.
  }
  throw refused.badInput('A language is written like de or de-AT.', { field: 'language' });
}

/** Sets the language that whoever asks is written to in, from the next mail on. */
export async function setPreferredLanguage(
  identity: Pick<Identity, 'database' | 'clock'>,
  { caller, language: typed }: { caller: Caller; language: string },
): Promise<{ language: string }> {
  const language = readLanguage(typed);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, identity.clock());
    await tx.query('UPDATE account SET language = $2 WHERE id = $1', [accountId, language]);
    return { language };
  });
}

/** The language an account is written to in. */
export async function languageOf(
  { database }: Pick<Identity, 'database'>,
  { organizationId, accountId }: { organizationId: string; accountId: string },
): Promise<string> {
  return database.transaction(organizationId, async (tx) => {
    const [account] = await tx.query<{ language: string }>('SELECT language FROM account WHERE id = $1', [
      accountId,
    ]);
    return account?.language ?? 'en';
  });
}

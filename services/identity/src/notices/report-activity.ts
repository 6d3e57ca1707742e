import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { openCase, type ReportKind } from './open-case.ts';

const TEXT_MAX = 1_000;
const REPORTS_PER_DAY_MAX = 10;
const DAY_MS = 24 * 3_600_000;

/** Somebody who is signed in says that something looks wrong: a sign-in they do not know, a mail that is odd. */
export async function reportActivity(
  identity: Identity,
  { caller, kind, text }: { caller: Caller; kind: ReportKind; text: string | null },
): Promise<{ case: string; openedAt: Date }> {
  const report = text?.trim() ?? '';
  if (report.length > TEXT_MAX)
    throw refused.badInput(`Say it in at most ${TEXT_MAX} characters.`, { field: 'text' });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    // One account's reports come one after the other, or two at once would both be the last that is let through.
    await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
    const [today] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM security_case
       WHERE account_id = $1 AND kind NOT IN ('NOT_ME', 'SHARED_CREDENTIAL') AND opened_at > $2`,
      [accountId, new Date(now.getTime() - DAY_MS)],
    );
    if ((today?.count ?? 0) >= REPORTS_PER_DAY_MAX) throw refused.rateLimited(DAY_MS / 1_000);
    const about = kind.toLowerCase();
    const id = await openCase(identity, tx, {
      caller,
      accountId,
      kind,
      about,
      report: report === '' ? null : report,
      now,
    });
    return { case: id, openedAt: now };
  });
}

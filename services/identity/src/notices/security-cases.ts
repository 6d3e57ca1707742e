import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { reportPlace, type CaseKind } from './open-case.ts';

export type CaseFinding = 'HARMLESS' | 'INCIDENT';

export interface SecurityCase {
  readonly id: string;
  readonly accountId: string;
  readonly kind: CaseKind;
  readonly about: string;
  readonly report: string | null;
  readonly sessionsEnded: number;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly finding: CaseFinding | null;
}

type Row = Omit<SecurityCase, 'report'> & { readonly report: Buffer | null };

const SELECT = `SELECT id, account_id AS "accountId", kind, about, report, sessions_ended AS "sessionsEnded",
  opened_at AS "openedAt", closed_at AS "closedAt", finding FROM security_case`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The organization's cases, newest first, at most so many. */
export function listCases(
  identity: Identity,
  caller: Caller,
  { first, openOnly }: { first: number; openOnly: boolean },
): Promise<SecurityCase[]> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const rows = await tx.query<Row>(
      `${SELECT} WHERE NOT $2::boolean OR closed_at IS NULL ORDER BY opened_at DESC, id LIMIT $1`,
      [first, openOnly],
    );
    return opened(identity, tx, rows);
  });
}

/** Says once what a case was. Nobody says it of their own account. */
export function closeCase(
  identity: Identity,
  { caller, id, finding }: { caller: Caller; id: string; finding: CaseFinding },
): Promise<SecurityCase> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    const [found] = UUID.test(id) ? await tx.query<Row>(`${SELECT} WHERE id = $1 FOR UPDATE`, [id]) : [];
    if (!found || found.closedAt !== null) throw refused.notFound('open security case');
    if (found.accountId === accountId)
      throw refused.forbidden('Somebody else has to look at a case about your own account.');
    await tx.query('UPDATE security_case SET closed_at = $2, closed_by = $3, finding = $4 WHERE id = $1', [
      id,
      now,
      accountId,
      finding,
    ]);
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'security_case_closed',
        outcome: 'success',
        subject: { type: 'SecurityCase', id: found.id },
        dataSubjectId: found.accountId,
        details: { finding, kind: found.kind },
      },
    );
    const [closed] = await opened(identity, tx, [{ ...found, closedAt: now, finding }]);
    if (!closed) throw new Error('A case was lost while it was closed.');
    return closed;
  });
}

async function opened({ keyring }: Identity, tx: Transaction, rows: readonly Row[]): Promise<SecurityCase[]> {
  const texts = await keyring.openMany(
    tx,
    rows.map((row) => ({ place: reportPlace(row), envelope: row.report })),
  );
  return rows.map((row, at) => ({ ...row, report: texts[at] ?? null }));
}

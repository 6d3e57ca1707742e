import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';

const TOLD_MAX = 20;
const WAITS_MS = 24 * 3_600_000;

/**
 * Tells those who may decide that somebody asks for a role for hours: managers, for COMPLIANCE those who have it, or managers while
 * nobody does. Neither who asks nor why stands in the mail; both are read after signing in.
 */
export async function tellDeciders(
  identity: Pick<Identity, 'nudgeMail'>,
  tx: Transaction,
  { asked, now }: { asked: { readonly role: Role; readonly accountId: string }; now: Date },
): Promise<void> {
  const deciders = await tx.query<{ id: string }>(
    `SELECT id FROM account WHERE organization_id = $1 AND kind = 'STAFF' AND state = 'ACTIVE' AND id <> $2
       AND CASE WHEN $3 <> 'COMPLIANCE' THEN 'MANAGER' = ANY (roles)
         WHEN EXISTS (SELECT FROM account c WHERE c.organization_id = $1 AND c.kind = 'STAFF'
           AND c.state IN ('ACTIVE', 'SUSPENDED') AND 'COMPLIANCE' = ANY (c.roles)) THEN 'COMPLIANCE' = ANY (roles)
         ELSE 'MANAGER' = ANY (roles) END
     ORDER BY id LIMIT ${TOLD_MAX}`,
    [tx.organizationId, asked.accountId, asked.role],
  );
  const notAfter = new Date(now.getTime() + WAITS_MS);
  for (const { id: accountId } of deciders)
    await queueMail(identity, tx, { mail: { accountId, template: 'role-requested', notAfter }, now });
}

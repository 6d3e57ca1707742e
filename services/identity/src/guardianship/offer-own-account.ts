import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { createPendingAccount } from '../accounts/create-account.ts';
import { canonicalEmail } from '../accounts/email-address.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { inSteppedUpSession, readId } from '../people/stepped-up.ts';
import { demandPassword, isFresh, requireLiveSession } from '../sessions/live-session.ts';
import { writeToken } from '../sessions/routed-token.ts';
import { dependantGuardians } from './dependant-guardians.ts';

// As long as the claim to the address is kept.
const OFFER_MS = 7 * 24 * 3_600_000;

export interface OwnAccountOffer {
  readonly dependantId: string;
  readonly expiresAt: Date;
}

/** The token of an offer: an HMAC over its id, so that nothing of it is stored; a later offer has another id. */
export const ownAccountToken = (
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
  id: string,
): string => writeToken(secrets, 'own-account', { organizationId, id, count: 1 });

/** Offers an account of their own: guardians to whom they answer for, staff to whoever nobody answers for any more. */
export function offerOwnAccount(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { dependantId: string; email: string } },
): Promise<OwnAccountOffer> {
  const dependantId = readId(input.dependantId, 'client');
  const email = canonicalEmail(input.email);
  if (email === undefined)
    throw refused.badInput('That is not an e-mail address we can write to.', { field: 'email' });
  if (caller.kind === 'STAFF')
    return inSteppedUpSession(
      identity,
      { caller, of: ['FRONT_DESK', 'MANAGER'] },
      async (tx, { accountId, now }) => {
        await demandDependant(tx, dependantId);
        // Nobody of the business goes round whoever answers for a child.
        if ((await dependantGuardians(tx, dependantId, now)).length > 0)
          throw refused.badInput('Somebody answers for this client: they offer the account.');
        return offer(identity, tx, { dependantId, email, by: accountId, others: [], caller, now });
      },
    );
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const session = await requireLiveSession(tx, caller, now);
    demandPassword(session);
    // What cannot be taken back is done by whoever has just shown who they are.
    if (!isFresh(session, now))
      throw refused.stepUpRequired('Please sign in again; this may be done within 15 minutes of that.');
    await demandDependant(tx, dependantId);
    const guardians = await dependantGuardians(tx, dependantId, now);
    if (!guardians.includes(session.accountId)) throw refused.notFound('client');
    const others = guardians.filter((id) => id !== session.accountId);
    return offer(identity, tx, { dependantId, email, by: session.accountId, others, caller, now });
  });
}

async function demandDependant(tx: Transaction, id: string): Promise<void> {
  const found = await tx.query(
    "SELECT 1 FROM account WHERE id = $1 AND kind = 'CLIENT' AND state = 'ACTIVE' AND email_index IS NULL FOR UPDATE",
    [id],
  );
  if (found.length === 0) throw refused.notFound('client');
}

async function offer(
  identity: Identity,
  tx: Transaction,
  given: {
    dependantId: string;
    email: string;
    by: string;
    /** Who answers besides. */
    others: readonly string[];
    caller: Caller;
    now: Date;
  },
): Promise<OwnAccountOffer> {
  const { dependantId, email, by, others, caller, now } = given;
  const expiresAt = new Date(now.getTime() + OFFER_MS);
  const [person] = await tx.query<{ time_zone: string; language: string }>(
    'SELECT time_zone, language FROM account WHERE id = $1',
    [dependantId],
  );
  const { time_zone: timeZone = 'UTC', language } = person ?? {};
  const account = { kind: 'CLIENT', roles: ['CLIENT'], email, timeZone, language } as const;
  const before = await standingOffer(identity, tx, { dependantId, email, now });
  const agreed =
    others.length === 0 || (before !== undefined && (before.agreed || others.includes(before.by)));
  const claimId = await createPendingAccount(identity, tx, { account, now });
  // The claim before goes with its own week; its link finds no offer any more.
  await tx.query('DELETE FROM own_account_offer WHERE dependant_id = $1', [dependantId]);
  const id = randomUUID();
  await tx.query(
    `INSERT INTO own_account_offer (id, organization_id, dependant_id, claim_id, offered_by, offered_at, expires_at, agreed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, tx.organizationId, dependantId, claimId, by, now, expiresAt, agreed],
  );
  const parameters = { offer: id };
  const link = { accountId: claimId, template: 'own-account', parameters, notAfter: expiresAt } as const;
  if (agreed) await queueMail(identity, tx, { mail: link, now });
  // Whoever says the same again is not told on anew.
  else if (before === undefined)
    for (const accountId of others)
      await queueMail(identity, tx, { mail: { accountId, template: 'own-account-proposed' }, now });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'own_account_offered',
      outcome: 'success',
      subject: { type: 'Account', id: dependantId },
      details: { offer: id, agreed: String(agreed) },
    },
  );
  return { dependantId, expiresAt };
}

/** An offer to this very address that holds, and who made it. */
async function standingOffer(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { dependantId, email, now }: { dependantId: string; email: string; now: Date },
): Promise<{ by: string; agreed: boolean } | undefined> {
  const index = await keyring.blindIndex(tx, { table: 'account', column: 'email' }, email);
  const [standing] = await tx.query<{ by: string; agreed: boolean }>(
    `SELECT o.offered_by AS by, o.agreed FROM own_account_offer o JOIN account c ON c.id = o.claim_id
     WHERE o.dependant_id = $1 AND o.expires_at > $2 AND c.state = 'PENDING' AND c.email_index = $3`,
    [dependantId, now, index],
  );
  return standing;
}

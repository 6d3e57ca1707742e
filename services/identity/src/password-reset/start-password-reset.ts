import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findOwner } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { askForAddress } from '../lockout/ask-for-address.ts';
import { chargeAttempt, isRefused } from '../lockout/count-attempts.ts';
import { networkOf } from '../lockout/network.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { openFlow } from '../sign-in/transition-flow.ts';

/**
 * Asks for a code to choose another password with. One answer and the same work for every address (A03): a flow, which of
 * an unknown one is a decoy that no code completes. The mail carries a code for this flow and no link, so that it is of use
 * in the browser that asked alone, and nobody's host name can stand in it (A39).
 */
export async function startPasswordReset(
  identity: Identity,
  { caller, email: given }: { caller: Caller; email: string },
): Promise<{ flow: string }> {
  const email = canonicalEmail(given);
  if (email === undefined)
    throw refused.badInput('That is not an e-mail address we can write to.', { field: 'email' });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { secrets } = identity;
    const organizationId = tx.organizationId ?? '';
    const network = networkOf(caller.networkAddress);
    if (network !== undefined) {
      const key = secrets.hash('network', organizationId, network);
      const charge = await chargeAttempt(tx, { scope: 'RESETS', key }, now);
      if (isRefused(charge)) throw refused.rateLimited(charge.retryAfterSeconds);
    }
    const owner = await findOwner(identity, tx, email);
    const flow = await openFlow(
      tx,
      { kind: 'RESET_PASSWORD', state: 'AWAITING_CODE', accountId: owner?.id ?? null },
      now,
    );
    const identifier = secrets.hash('identifier', organizationId, email);
    // Counted for unknown addresses too. Silently: a mailbox that is full of codes is nobody's to fill, nor to know of.
    const asked = { scope: 'ASKED', identifier, accountId: owner?.id ?? null, caller, now } as const;
    const mails = await askForAddress(identity, tx, asked);
    if (owner && !isRefused(mails)) {
      const mail = { accountId: owner.id, template: 'password-reset-code', flowId: flow.id } as const;
      await queueMail(identity, tx, { mail, now });
    } else {
      // The same number of statements as with a mail, so that the time tells nothing either (A03).
      await tx.query('SELECT id FROM outgoing_mail WHERE id = $1', [flow.id]);
    }
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_password_reset_asked',
        outcome: owner ? 'success' : 'failure',
        subject: owner
          ? { type: 'Account', id: owner.id }
          : { type: 'Identifier', id: identifier.toString('hex') },
      },
    );
    return { flow: flow.token };
  });
}

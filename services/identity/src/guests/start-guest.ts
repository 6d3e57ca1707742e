import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { createPendingAccount } from '../accounts/create-account.ts';
import { findOwner, type KnownAccount } from '../accounts/find-account.ts';
import { chargeSignUp, readPerson, tellOwner } from '../accounts/sign-up.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { openFlow } from '../sign-in/transition-flow.ts';

export interface GuestStartInput {
  readonly email: string;
  readonly displayName: string;
  readonly phone?: string | null;
  readonly language?: string | null;
}

/**
 * Opens a guest's flow. A new address, a guest's and one whose account has a password cost the same statements and get
 * the same answer: a claim is written each time, and only what the flow can open, and the mail, differ. For an account
 * with a password the flow is a decoy: it names the claim, for which no code is ever made.
 */
export async function startGuest(
  identity: Identity,
  { caller, input }: { caller: Caller; input: GuestStartInput },
): Promise<{ flow: string }> {
  const organizationId = organizationOf(caller);
  const person = readPerson(input);
  // Kept also when what follows fails: whoever asks often enough to break something has asked often.
  await identity.database.transaction(organizationId, (tx) => chargeSignUp(identity, tx, caller));
  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    const owner = await findOwner(identity, tx, person.email);
    const account = { ...person, kind: 'CLIENT', roles: ['CLIENT'] } as const;
    const timeZone = await zoneOf(tx);
    const claimId = await createPendingAccount(identity, tx, { account: { ...account, timeZone }, now });
    const signsInOtherwise = owner !== undefined && !isGuest(owner);
    const accountId = owner !== undefined && isGuest(owner) ? owner.id : claimId;
    const flow = await openFlow(tx, { kind: 'GUEST', state: 'AWAITING_CODE', accountId }, now);
    await tellOwner(identity, tx, {
      accountId: signsInOtherwise ? owner.id : accountId,
      flowId: flow.id,
      known: signsInOtherwise,
      email: person.email,
      caller,
    });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_created',
        outcome: signsInOtherwise ? 'failure' : 'success',
        subject: { type: 'Account', id: signsInOtherwise ? owner.id : accountId },
        details: { state: signsInOtherwise ? 'address_taken' : 'guest_pending' },
      },
    );
    return { flow: flow.token };
  });
}

/** A guest is a client whom nothing but the mailbox opens. */
export const isGuest = (account: KnownAccount): boolean =>
  account.kind === 'CLIENT' && !account.has_password && !account.has_authenticator;

async function zoneOf(tx: Transaction): Promise<string> {
  const [organization] = await tx.query<{ time_zone: string }>('SELECT time_zone FROM organization_profile');
  if (!organization) throw refused.notFound('organization');
  return organization.time_zone;
}

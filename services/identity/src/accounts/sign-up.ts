import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { judgeNewPassword } from '../passwords/judge-password.ts';
import { readPasswordPolicy } from '../passwords/organization-policy.ts';
import type { PasswordRefusal } from '../passwords/password-policy.ts';
import { askForAddress } from '../lockout/ask-for-address.ts';
import { chargeAttempt, isRefused } from '../lockout/count-attempts.ts';
import { networkOf } from '../lockout/network.ts';
import { openFlow } from '../sign-in/transition-flow.ts';
import { createPendingAccount } from './create-account.ts';
import { canonicalEmail } from './email-address.ts';
import { findByAddress } from './find-account.ts';
import { canonicalName, canonicalPhone } from './person-text.ts';
import { readLanguage } from './preferred-language.ts';

export interface SignUpInput {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
  readonly phone?: string | null;
  readonly timeZone?: string | null;
  readonly language?: string | null;
}

export type SignUpOutcome = { flow: string } | { reasons: PasswordRefusal[] };

/**
 * Asks for a client account. The password is judged and hashed whether the address is known or not, and both ways end
 * in one flow and one mail: the answer tells nothing (A02).
 */
export async function signUp(
  identity: Identity,
  { caller, input }: { caller: Caller; input: SignUpInput },
): Promise<SignUpOutcome> {
  const organizationId = organizationOf(caller);
  const person = readPerson(input);
  const details = [person.displayName, person.email.split('@', 1)[0] ?? '', person.phone ?? ''];
  // Counted before anything that costs us more than it costs the caller.
  const policy = await identity.database.transaction(organizationId, async (tx) => {
    await chargeSignUp(identity, tx, caller);
    return readPasswordPolicy(tx);
  });
  const reasons = await judgeNewPassword(identity, { password: input.password, details, policy });
  if (reasons.length > 0) return { reasons };
  const passwordHash = await identity.hasher.hash(input.password);

  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    const [organization] = await tx.query<{ time_zone: string }>(
      'SELECT time_zone FROM organization_profile',
    );
    if (!organization) throw refused.notFound('organization');
    const owner = await findByAddress(identity, tx, person.email);
    const known = owner?.state === 'ACTIVE';
    const accountId = known
      ? owner.id
      : await createPendingAccount(identity, tx, {
          account: {
            ...person,
            kind: 'CLIENT',
            roles: ['CLIENT'],
            timeZone: input.timeZone ?? organization.time_zone,
            passwordHash,
          },
          now,
        });
    const flow = await openFlow(
      tx,
      { kind: 'CONFIRM_ADDRESS', state: 'AWAITING_CODE', accountId: known ? null : accountId },
      now,
    );
    await tellOwner(identity, tx, { accountId, flowId: flow.id, known, email: person.email, caller });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_created',
        outcome: known ? 'failure' : 'success',
        subject: { type: 'Account', id: accountId },
        details: { state: known ? 'address_taken' : 'pending' },
      },
    );
    return { flow: flow.token };
  });
}

/** Name, address and number in the forms they are stored in, or a refusal that says which cannot be used. */
export function readPerson(input: Pick<SignUpInput, 'email' | 'displayName' | 'phone' | 'language'>) {
  const email = canonicalEmail(input.email);
  if (email === undefined)
    throw refused.badInput('That is not an e-mail address we can write to.', { field: 'email' });
  const displayName = canonicalName(input.displayName);
  if (displayName === undefined) {
    throw refused.badInput('A name has 1 to 120 characters.', { field: 'displayName' });
  }
  const phone = input.phone ? canonicalPhone(input.phone) : undefined;
  if (input.phone && phone === undefined) {
    throw refused.badInput('That is not a telephone number, such as +44 20 7946 0000.', { field: 'phone' });
  }
  const language = input.language ? readLanguage(input.language) : undefined;
  return { email, displayName, phone, language };
}

/** Counts an account that is asked for from a network; refuses after thirty within the hour. */
export async function chargeSignUp(identity: Identity, tx: Transaction, caller: Caller): Promise<void> {
  const network = networkOf(caller.networkAddress);
  if (network === undefined) return;
  const key = identity.secrets.hash('network', organizationOf(caller), network);
  const charge = await chargeAttempt(tx, { scope: 'SIGN_UPS', key }, identity.clock());
  if (isRefused(charge)) throw refused.rateLimited(charge.retryAfterSeconds);
}

/** A code for a new address, a warning for a known one; so many an hour, silently, so that nobody is bombed. */
export async function tellOwner(
  identity: Identity,
  tx: Transaction,
  mail: { accountId: string; flowId: string; known: boolean; email: string; caller: Caller },
): Promise<void> {
  const now = identity.clock();
  const { accountId, caller } = mail;
  const identifier = identity.secrets.hash('identifier', tx.organizationId ?? '', mail.email);
  const asked = { scope: 'ASKED', identifier, accountId, caller, now } as const;
  if (isRefused(await askForAddress(identity, tx, asked))) return;
  await queueMail(identity, tx, {
    mail: {
      accountId: mail.accountId,
      template: mail.known ? 'sign-up-tried' : 'address-code',
      ...(!mail.known && { flowId: mail.flowId }),
    },
    now,
  });
}

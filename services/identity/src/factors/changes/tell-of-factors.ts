import type { Transaction } from '@kept/database';
import { contactPlace } from '../../accounts/contact.ts';
import type { Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import { takeTextBudget } from '../send-code.ts';

type Notice =
  | 'authenticator-enrolled'
  | 'authenticator-removed'
  | 'authenticator-replaced'
  | 'authenticator-restored'
  | 'factors-removed-by-staff'
  | 'recovery-codes-renewed'
  | 'code-factor-enrolled'
  | 'code-factor-removed';

/**
 * Tells somebody that how they sign in was changed, on every way we have to them: by mail, and by text to a proven number.
 * The text says where to look and carries no link: a link in a text is what thieves send.
 */
export async function tellOfFactors(
  identity: Pick<Identity, 'nudgeMail' | 'keyring' | 'secrets'>,
  tx: Transaction,
  given: { accountId: string; template: Notice; changeId?: string | undefined; now: Date },
): Promise<void> {
  const { accountId, template, changeId, now } = given;
  const parameters = changeId === undefined ? {} : { factorChange: changeId };
  await queueMail(identity, tx, { mail: { accountId, template, parameters }, now });
  const [proven] = await tx.query<{ phone: Buffer }>(
    'SELECT phone FROM account WHERE id = $1 AND phone IS NOT NULL AND phone_confirmed_at IS NOT NULL',
    [accountId],
  );
  const phone = proven && (await identity.keyring.open(tx, contactPlace(accountId, 'phone'), proven.phone));
  if (phone && (await takeTextBudget(identity, tx, { phone, now })))
    await queueMail(identity, tx, { mail: { accountId, template, channel: 'SMS' }, now });
}

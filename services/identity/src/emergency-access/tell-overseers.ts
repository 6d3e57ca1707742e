import type { Transaction } from '@kept/database';
import { responsiblePeople } from '../accounts/responsible-people.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';

/**
 * Writes to those responsible for data protection: an emergency nobody hears of must not happen. It is a duty of the
 * organization, so no consent is asked. Answers how many were written to.
 */
export async function tellOverseers(
  identity: Pick<Identity, 'nudgeMail'>,
  tx: Transaction,
  letter: {
    template: 'emergency-access-started' | 'emergency-access-review-due';
    parameters: Readonly<Record<string, string>>;
    now: Date;
  },
): Promise<number> {
  const { template, parameters, now } = letter;
  const overseers = await responsiblePeople(tx);
  for (const accountId of overseers) {
    await queueMail(identity, tx, { mail: { accountId, template, parameters }, now });
  }
  return overseers.length;
}

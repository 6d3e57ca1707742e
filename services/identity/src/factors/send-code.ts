import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import { chargeAttempt, isRefused } from '../lockout/count-attempts.ts';
import { queueMail } from '../messages/queue-mail.ts';
import type { CodeFactorKind } from './factor.ts';

/**
 * Sends a code for a flow that waits for one: a mail, or a text to the proven number. At most five an hour each, and texts
 * also within budgets of the number, its country and the organization, so that nobody makes us pay for numbers of theirs
 * (A28). Silent when a budget is used up: what is sent to whom is nobody's to find out. Answers whether one goes out.
 */
export async function sendCode(
  identity: Identity,
  tx: Transaction,
  given: {
    accountId: string;
    flowId: string;
    kind: CodeFactorKind;
    phone?: string | undefined;
    now: Date;
  },
): Promise<boolean> {
  const { accountId, flowId, kind, now } = given;
  const key = identity.secrets.hash('identifier', tx.organizationId ?? '', accountId, 'codes');
  const granted =
    kind === 'EMAIL_CODE'
      ? !isRefused(await chargeAttempt(tx, { scope: 'MAILS', key }, now))
      : given.phone !== undefined && (await takeTextBudget(identity, tx, { phone: given.phone, now }));
  if (!granted) return false;
  // A code of before is not good any more the moment another one is on its way.
  const waiting = await tx.query(
    `UPDATE auth_flow SET code_factor = $2, code_hash = NULL, code_expires_at = NULL
     WHERE id = $1 AND state IN ('AWAITING_FACTOR', 'AWAITING_CODE') RETURNING id`,
    [flowId, kind],
  );
  if (waiting.length === 0) return false;
  const mail = {
    accountId,
    flowId,
    template: 'second-factor-code',
    channel: kind === 'SMS_CODE' ? 'SMS' : 'EMAIL',
  } as const;
  await queueMail(identity, tx, { mail, now });
  return true;
}

/**
 * Takes one text out of what may be sent to a number, to its country and by the organization, whatever it says; false when
 * one of these is used up (A28).
 */
export async function takeTextBudget(
  { secrets }: Pick<Identity, 'secrets'>,
  tx: Transaction,
  { phone, now }: { phone: string; now: Date },
): Promise<boolean> {
  const organizationId = tx.organizationId ?? '';
  const budgets = [
    ['SMS', secrets.hash('identifier', organizationId, phone)],
    ['SMS_PREFIX', secrets.hash('identifier', organizationId, prefixOf(phone))],
    ['SMS_ORGANIZATION', secrets.hash('identifier', organizationId)],
  ] as const;
  for (const [scope, key] of budgets) {
    if (isRefused(await chargeAttempt(tx, { scope, key }, now))) return false;
  }
  return true;
}

// The country code and the first digits behind it: ranges that cost much are sold in such blocks.
const prefixOf = (phone: string): string => phone.slice(0, 5);

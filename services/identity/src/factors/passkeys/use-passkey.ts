import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { generateAuthenticationOptions } from '@simplewebauthn/server';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import { giveChallenge, takeChallenge } from './challenge.ts';
import { DECOY_KEY } from './decoy-key.ts';
import type { RelyingParty } from './relying-party.ts';
import { verifyAssertion, type PasskeyAssertion } from './verify.ts';

// As long as a flow with a challenge lasts, in milliseconds; only a hint to the browser.
const TIMEOUT_MS = 5 * 60_000;

/** What `navigator.credentials.get` is called with, as JSON. Says the same to everybody but the challenge (A04). */
export async function requestOptions({ id }: RelyingParty, challenge: Buffer): Promise<string> {
  return JSON.stringify(
    await generateAuthenticationOptions({
      rpID: id,
      challenge: Uint8Array.from(challenge),
      userVerification: 'required',
      timeout: TIMEOUT_MS,
    }),
  );
}

/** Readies a flow for an answer by passkey. */
export const preparePasskey = async (
  { relyingParty }: Pick<Identity, 'relyingParty'>,
  tx: Transaction,
  flowId: string,
): Promise<string> => requestOptions(relyingParty, await giveChallenge(tx, flowId));

/** Whose passkey it was, or that it was none of ours, or that it may be a copy. */
export type PasskeyUse = { readonly accountId: string } | 'wrong' | 'doubtful';

interface Used {
  readonly flowId: string;
  /** Who it has to be; anybody when nobody has been named yet. */
  readonly accountId: string | null;
  readonly assertion: PasskeyAssertion;
  readonly caller: Caller;
  readonly now: Date;
}

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly public_key: Buffer;
  readonly counter: string;
  readonly doubted_at: Date | null;
}

/**
 * Checks what a passkey has signed for this flow, once. Passkeys are looked for in this organization alone, and where
 * nothing is found a signature is checked all the same, so that an answer takes as long (A04, A29).
 */
export async function usePasskey(identity: Identity, tx: Transaction, used: Used): Promise<PasskeyUse> {
  const { flowId, accountId, assertion, now } = used;
  const challenge = await takeChallenge(tx, flowId);
  if (!challenge) return 'wrong';
  const [row] = await tx.query<Row>(
    'SELECT id, account_id, public_key, counter, doubted_at FROM passkey WHERE credential_id = $1 FOR UPDATE',
    [Buffer.from(assertion.id, 'base64url')],
  );
  const publicKey = row?.public_key ?? DECOY_KEY;
  const signed = await verifyAssertion(identity.relyingParty, { challenge, publicKey, assertion });
  if (!row || !signed || !isOf(row, { accountId, userHandle: assertion.userHandle ?? null })) return 'wrong';
  if (row.doubted_at !== null) return 'doubtful';
  // Authenticators that sync always say 0; one that counts never goes back (WebAuthn Level 3, §6.1.1).
  const before = Number(row.counter);
  if (before > 0 && signed.counter <= before) {
    await doubt(identity, tx, { used, row, counter: signed.counter });
    return 'doubtful';
  }
  await tx.query('UPDATE passkey SET counter = $2, synced = $3, last_used_at = $4 WHERE id = $1', [
    row.id,
    signed.counter,
    signed.synced,
    now,
  ]);
  return { accountId: row.account_id };
}

// A passkey that names nobody names its owner: without a sign-in begun for somebody it must (WebAuthn Level 3, §7.2, 6).
function isOf(
  { account_id: owner }: Row,
  { accountId, userHandle }: { accountId: string | null; userHandle: string | null },
): boolean {
  if (userHandle !== null && userHandle !== userHandleOf(owner)) return false;
  return accountId === null ? userHandle !== null : accountId === owner;
}

/** What authenticators know an account by: its random reference, nothing about the person. */
export const userHandleOf = (accountId: string): string =>
  Buffer.from(accountId.replaceAll('-', ''), 'hex').toString('base64url');

/** There may be a copy: from now on this passkey opens nothing, its owner is told, and every other way in stays open (A30). */
async function doubt(
  identity: Identity,
  tx: Transaction,
  { used, row, counter }: { used: Used; row: Row; counter: number },
): Promise<void> {
  const { caller, now } = used;
  await tx.query('UPDATE passkey SET doubted_at = $2 WHERE id = $1', [row.id, now]);
  await queueMail(identity, tx, { mail: { accountId: row.account_id, template: 'passkey-in-doubt' }, now });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'passkey_copy_suspected',
      outcome: 'failure',
      subject: { type: 'Account', id: row.account_id },
      details: { passkey: row.id, counted: row.counter, said: String(counter) },
    },
  );
}

import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { generateRegistrationOptions } from '@simplewebauthn/server';
import { contactPlace } from '../../accounts/contact.ts';
import { recordAudit } from '../../audit.ts';
import { organizationOf, type Identity } from '../../identity.ts';
import { queueMail } from '../../messages/queue-mail.ts';
import type { OwnSession } from '../../sessions/live-session.ts';
import { requireFactorChange } from '../changes/require-factor-change.ts';
import { completeFlow, findFlow, openFlow, takeAttempt } from '../../sign-in/transition-flow.ts';
import { replaceRecoveryCodes } from '../recovery-codes.ts';
import { giveChallenge, takeChallenge } from './challenge.ts';
import { readName } from './change-passkeys.ts';
import { nameAuthenticator } from './name-authenticator.ts';
import { namePlace, passkeyStanding, PASSKEYS_MAX, type ListedPasskey } from './passkey.ts';
import { userHandleOf } from './use-passkey.ts';
import { ALGORITHMS, verifyAttestation, type NewPasskey, type PasskeyAttestation } from './verify.ts';

const AWAITING = 'AWAITING_ENROLMENT';
const TRANSPORTS = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable'];

/**
 * Begins a registration: for staff with the flow of their first sign-in, for everybody else in a fresh session that was
 * opened with the factor there is (A24). Answers what `navigator.credentials.create` is called with, as JSON.
 */
export function startPasskeyRegistration(
  identity: Identity,
  { caller, flow }: { caller: Caller; flow: string | null },
): Promise<{ flow: string; options: string }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId, flowId, token } = await openRegistration(tx, { caller, flow, now });
    const passkeys = await tx.query<{ credential_id: Buffer; transports: string[] }>(
      'SELECT credential_id, transports FROM passkey WHERE account_id = $1',
      [accountId],
    );
    if (passkeys.length >= PASSKEYS_MAX)
      throw refused.badInput('You have ten passkeys. Remove one before you add another.');
    const names = await namesOf(identity, tx, accountId);
    const options = await generateRegistrationOptions({
      rpID: identity.relyingParty.id,
      rpName: names.organization,
      userName: names.email,
      userDisplayName: names.displayName,
      userID: Uint8Array.from(Buffer.from(userHandleOf(accountId), 'base64url')),
      challenge: Uint8Array.from(await giveChallenge(tx, flowId)),
      attestationType: 'none',
      timeout: 5 * 60_000,
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: passkeys.map(({ credential_id, transports }) => ({
        id: credential_id.toString('base64url'),
        transports,
      })),
    });
    return { flow: token, options: JSON.stringify(options) };
  });
}

/**
 * Puts a passkey in force. Undefined when it is not one that was asked for, or is known already; the registration is then
 * over. Whoever has no recovery codes gets some: a passkey goes with its device.
 */
export function finishPasskeyRegistration(
  identity: Identity,
  given: {
    caller: Caller;
    input: { flow: string; name?: string | null | undefined; passkey: PasskeyAttestation };
  },
): Promise<{ passkey: ListedPasskey; recoveryCodes: string[] } | undefined> {
  const { caller, input } = given;
  const name = input.name === null || input.name === undefined ? null : readName(input.name);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const kind = caller.accountId === null ? 'ENROL' : 'PASSKEY_ENROL';
    const owner = kind === 'ENROL' ? undefined : await requireOwner(tx, caller, now);
    const flow = await takeAttempt(tx, input.flow, { kind, state: AWAITING, now });
    const accountId = flow?.account_id;
    if (!flow || !accountId || (owner && owner.accountId !== accountId)) return undefined;
    const challenge = await takeChallenge(tx, flow.id);
    const made =
      challenge &&
      (await verifyAttestation(identity.relyingParty, { challenge, attestation: input.passkey }));
    if (!made) return undefined;
    const passkey = await keep(identity, tx, { accountId, made, name, input: input.passkey, now });
    if (!passkey || !(await completeFlow(tx, flow.id, AWAITING))) return undefined;
    const [codes] = await tx.query(
      'SELECT 1 FROM recovery_code WHERE account_id = $1 AND used_at IS NULL LIMIT 1',
      [accountId],
    );
    const recoveryCodes = codes ? [] : await replaceRecoveryCodes(identity, tx, { accountId, now });
    await queueMail(identity, tx, { mail: { accountId, template: 'passkey-added' }, now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { factor: 'PASSKEY', change: 'enrolled', passkey: passkey.id },
      },
    );
    return { passkey, recoveryCodes };
  });
}

async function openRegistration(
  tx: Transaction,
  { caller, flow: token, now }: { caller: Caller; flow: string | null; now: Date },
): Promise<{ accountId: string; flowId: string; token: string }> {
  if (token !== null) {
    const flow = await findFlow(tx, token, { kind: 'ENROL', state: AWAITING, now });
    if (!flow?.account_id) throw refused.unauthenticated('This sign-in is over. Please start again.');
    return { accountId: flow.account_id, flowId: flow.id, token };
  }
  const { accountId } = await requireOwner(tx, caller, now);
  const flow = await openFlow(tx, { kind: 'PASSKEY_ENROL', state: AWAITING, accountId }, now);
  return { accountId, flowId: flow.id, token: flow.token };
}

/** Somebody who signed in a moment ago, with a factor as good as the ones they have; a passkey in doubt counts as one. */
async function requireOwner(tx: Transaction, caller: Caller, now: Date): Promise<OwnSession> {
  const { session } = await requireFactorChange(tx, caller, now);
  const { protects } = await passkeyStanding(tx, session.accountId);
  if (protects && !isAtLeast(session.assurance, 'STRONG')) throw refused.stepUpRequired();
  return session;
}

async function keep(
  { keyring }: Identity,
  tx: Transaction,
  given: {
    accountId: string;
    made: NewPasskey;
    name: string | null;
    input: PasskeyAttestation;
    now: Date;
  },
): Promise<ListedPasskey | undefined> {
  const { accountId, made, name, input, now } = given;
  const id = randomUUID();
  // Two registrations at once take places one after the other. A flow that was changed twice holds its account by KEY SHARE already, as
  // everybody's does: FOR UPDATE would wait for the others while they wait for us (23 deadlocks in one race of six).
  await tx.query('SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
  const rows = await tx.query(
    `INSERT INTO passkey (id, organization_id, account_id, slot, credential_id, public_key, algorithm, counter, aaguid, name,
       transports, synced, created_at)
     SELECT $1, $2, $3, slot, $4, $5, $6, $7, $8, $9, $10, $11, $12
     FROM generate_series(1, ${PASSKEYS_MAX}) slot
     WHERE NOT EXISTS (SELECT FROM passkey p WHERE p.account_id = $3 AND p.slot = slot.slot)
     ORDER BY slot LIMIT 1
     ON CONFLICT ON CONSTRAINT one_passkey_per_credential DO NOTHING RETURNING id`,
    [
      id,
      tx.organizationId,
      accountId,
      made.credentialId,
      made.publicKey,
      made.algorithm,
      made.counter,
      made.aaguid,
      name === null ? null : await keyring.seal(tx, namePlace(accountId, id), name),
      TRANSPORTS.filter((transport) => input.transports?.includes(transport)),
      made.synced,
      now,
    ],
  );
  if (rows.length === 0) return undefined;
  return {
    id,
    kind: 'PASSKEY',
    enrolledAt: now,
    remaining: null,
    name: name ?? nameAuthenticator(made.aaguid),
    lastUsedAt: null,
    inDoubtSince: null,
  };
}

async function namesOf({ keyring }: Identity, tx: Transaction, accountId: string) {
  const [row] = await tx.query<{ email: Buffer | null; display_name: Buffer | null; name: string | null }>(
    `SELECT a.email, a.display_name, o.name FROM account a LEFT JOIN organization_profile o USING (organization_id)
     WHERE a.id = $1`,
    [accountId],
  );
  return {
    organization: row?.name ?? 'Kept',
    email: (await keyring.open(tx, contactPlace(accountId, 'email'), row?.email ?? null)) ?? accountId,
    displayName:
      (await keyring.open(tx, contactPlace(accountId, 'display_name'), row?.display_name ?? null)) ?? '',
  };
}

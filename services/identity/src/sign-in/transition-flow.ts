import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { ClientType, SessionAssurance } from '../sessions/session-limits.ts';
import type { CodeFactorKind } from '../factors/factor.ts';
import { sha256 } from '../secrets.ts';
import type { FlowKind, FlowState } from './auth-flow.ts';

const MINUTE_MS = 60_000;
const LIFETIME_MS: Readonly<Record<FlowKind, number>> = {
  SIGN_IN: 10 * MINUTE_MS,
  ENROL: 10 * MINUTE_MS,
  CONFIRM_ADDRESS: 60 * MINUTE_MS,
  GUEST: 30 * MINUTE_MS,
  STEP_UP: 10 * MINUTE_MS,
  CHANGE_PASSWORD: 10 * MINUTE_MS,
  RESET_PASSWORD: 30 * MINUTE_MS,
  UNLOCK: 15 * MINUTE_MS,
  INVITATION: 7 * 24 * 60 * MINUTE_MS,
  PASSKEY_SIGN_IN: 5 * MINUTE_MS,
  PASSKEY_ENROL: 5 * MINUTE_MS,
  CONFIRM_PHONE: 15 * MINUTE_MS,
};
export const FLOW_ATTEMPTS_MAX = 5;

/** A flow as its transitions return it. */
export interface Flow {
  readonly id: string;
  readonly account_id: string | null;
  readonly device_id: string | null;
  readonly client_type: ClientType;
  readonly attempts: number;
  readonly code_hash: Buffer | null;
  readonly code_expires_at: Date | null;
  /** The least that a factor must say; of a sign-in that waits for a new password, what was proven. */
  readonly assurance: SessionAssurance | null;
  /** What a code was sent for; it answers nothing else. */
  readonly code_factor: CodeFactorKind | null;
  /** The session that proves itself again, and for which operation alone. */
  readonly session_id: string | null;
  readonly operation_hash: string | null;
}

/** Where a flow has to stand for a step to be taken. */
export interface FlowStep {
  readonly kind: FlowKind;
  readonly state: FlowState;
}

const COLUMNS = `id, account_id, device_id, client_type, attempts, code_hash, code_expires_at, assurance, code_factor,
  session_id, operation_hash`;
// A flow to enrol is opened by the password alone: it is over as soon as there is an authenticator to sign in with (A24).
const IS_OPEN = `token_hash = $1 AND kind = $2 AND state = $3 AND expires_at > $4
  AND (kind <> 'ENROL' OR NOT EXISTS (SELECT FROM totp_factor f
    WHERE f.account_id = auth_flow.account_id AND f.confirmed_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM passkey p WHERE p.account_id = auth_flow.account_id))`;

/** A flow to open. */
export interface NewFlow extends FlowStep {
  readonly accountId: string | null;
  readonly deviceId?: string | null;
  readonly clientType?: ClientType;
  readonly assurance?: SessionAssurance | null;
  readonly sessionId?: string | null;
  readonly operationHash?: string | null;
}

/** Opens a flow and returns the 256 random bits that name it; only their hash is stored. */
export async function openFlow(
  tx: Transaction,
  flow: NewFlow,
  now: Date,
): Promise<{ id: string; token: string }> {
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(now.getTime() + LIFETIME_MS[flow.kind]);
  await tx.query(
    `INSERT INTO auth_flow (id, organization_id, token_hash, kind, state, account_id, device_id, client_type, assurance,
       session_id, operation_hash, attempts, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $10, $11, $12, $13, 0, $8, $9)`,
    [
      id,
      tx.organizationId,
      sha256(token),
      flow.kind,
      flow.state,
      flow.accountId,
      flow.deviceId ?? null,
      now,
      expiresAt,
      flow.clientType ?? 'WEB',
      flow.assurance ?? null,
      flow.sessionId ?? null,
      flow.operationHash ?? null,
    ],
  );
  return { id, token };
}

/** The flow behind a token if it stands where it must; changes nothing. */
export async function findFlow(
  tx: Transaction,
  token: string,
  { kind, state, now }: FlowStep & { now: Date },
): Promise<Flow | undefined> {
  const [flow] = await tx.query<Flow>(`SELECT ${COLUMNS} FROM auth_flow WHERE ${IS_OPEN}`, [
    sha256(token),
    kind,
    state,
    now,
  ]);
  return flow;
}

/** Takes one of a flow's five attempts, if there is one left and the flow stands where it must. */
export async function takeAttempt(
  tx: Transaction,
  token: string,
  { kind, state, now }: FlowStep & { now: Date },
): Promise<Flow | undefined> {
  const [flow] = await tx.query<Flow>(
    `UPDATE auth_flow SET attempts = attempts + 1
     WHERE ${IS_OPEN} AND attempts < $5
     RETURNING ${COLUMNS}`,
    [sha256(token), kind, state, now, FLOW_ATTEMPTS_MAX],
  );
  return flow;
}

/** Finishes a flow once: of any number of racers one gets true. */
export async function completeFlow(tx: Transaction, flowId: string, from: FlowState): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE auth_flow SET state = 'COMPLETED', code_hash = NULL WHERE id = $1 AND state = $2 RETURNING id`,
    [flowId, from],
  );
  return rows.length === 1;
}

/** Gives an attempt back: the code was right, and something else was not. */
export async function giveBackAttempt(tx: Transaction, flowId: string): Promise<void> {
  await tx.query('UPDATE auth_flow SET attempts = attempts - 1 WHERE id = $1 AND attempts > 0', [flowId]);
}

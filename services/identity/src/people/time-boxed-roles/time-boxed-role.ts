import { randomUUID } from 'node:crypto';
import { constraintOf, type Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import type { Caller, Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit, type AuditAction } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { tellDeciders } from './tell-deciders.ts';
import { readRoles } from '../grantable-roles.ts';
import { demandTheirPerson, isOfPlaces } from '../places-of-people.ts';
import { inSteppedUpSession, readId, readReason, type Responsible } from '../stepped-up.ts';

const MINUTES_MIN = 5;
const MINUTES_MAX = 480;
const OPEN_MAX = 5;
const DECIDERS = ['MANAGER', 'COMPLIANCE'] as const;
const STAFF = ['PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'] as const;

/** A role that somebody has for hours, or would like to. */
export interface TimeBoxedRole {
  readonly id: string;
  readonly accountId: string;
  readonly role: Role;
  readonly minutes: number;
  readonly reason: string | null;
  readonly state: 'REQUESTED' | 'APPROVED' | 'DECLINED';
  readonly requestedAt: Date;
  readonly decidedBy: string | null;
  readonly until: Date | null;
  readonly endedAt: Date | null;
}

const place = ({ id, accountId }: { id: string; accountId: string }): FieldPlace => ({
  subjectId: accountId,
  fieldClass: 'sensitive',
  table: 'time_boxed_role',
  column: 'reason',
  rowId: id,
});

/** Asks for a role for hours. */
export function requestTimeBoxedRole(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { role: Role; minutes: number; reason: string } },
): Promise<TimeBoxedRole> {
  const { role, minutes } = input;
  const reason = readReason(input.reason);
  if (minutes < MINUTES_MIN || minutes > MINUTES_MAX)
    throw refused.badInput(`A role is given for ${MINUTES_MIN} to ${MINUTES_MAX} minutes.`, {
      field: 'minutes',
    });
  if (!STAFF.some((known) => known === role))
    throw refused.badInput('Choose a role of staff.', { field: 'role' });
  return inSteppedUpSession(identity, { caller, of: STAFF }, async (tx, by) => {
    if (by.roles.includes(role)) throw refused.badInput('You have this role already.', { field: 'role' });
    await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [by.accountId]);
    const [open] = await tx.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM time_boxed_role WHERE account_id = $1 AND state = 'REQUESTED'",
      [by.accountId],
    );
    if ((open?.count ?? 0) >= OPEN_MAX)
      throw refused.badInput('Five requests of yours wait already. Ask somebody to decide about them first.');
    const id = randomUUID();
    const sealed = await identity.keyring.seal(tx, place({ id, accountId: by.accountId }), reason);
    await tx.query(
      `INSERT INTO time_boxed_role (id, organization_id, account_id, role, reason, minutes, state, requested_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'REQUESTED', $7)`,
      [id, tx.organizationId, by.accountId, role, sealed, minutes, by.now],
    );
    const asked = await requireRole(identity, tx, id);
    await tellDeciders(identity, tx, { asked, now: by.now });
    await record(tx, by, { action: 'time_boxed_role_requested', of: asked });
    return asked;
  });
}

/** Gives a role for hours, or does not: somebody else than who asked, who may also give it for good. */
export async function decideTimeBoxedRole(
  identity: Identity,
  { caller, id: typed, approve }: { caller: Caller; id: string; approve: boolean },
): Promise<TimeBoxedRole> {
  const id = readId(typed, 'request');
  try {
    return await inSteppedUpSession(identity, { caller, of: DECIDERS }, async (tx, by) => {
      const asked = await requireRole(identity, tx, id);
      if (asked.accountId === by.accountId)
        throw refused.badInput('Somebody else decides about your own request.');
      await demandTheirPerson(tx, caller, asked.accountId);
      await readRoles(tx, by, { wanted: [asked.role] });
      const until = approve ? new Date(by.now.getTime() + asked.minutes * 60_000) : null;
      const decided = await tx.query(
        `UPDATE time_boxed_role SET state = $2, decided_by = $3, decided_at = $4, until = $5
         WHERE id = $1 AND state = 'REQUESTED' RETURNING id`,
        [id, approve ? 'APPROVED' : 'DECLINED', by.accountId, by.now, until],
      );
      if (decided.length === 0) throw refused.badInput('This was decided before.');
      const after = await requireRole(identity, tx, id);
      await record(tx, by, { action: 'time_boxed_role_decided', of: after });
      return after;
    });
  } catch (error) {
    if (constraintOf(error) === 'nobody_approves_their_own_role') throw refused.forbidden();
    throw error;
  }
}

/** Takes a role back before its time. Doing it twice is no mistake. */
export function endTimeBoxedRole(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
): Promise<TimeBoxedRole> {
  const id = readId(typed, 'role');
  return inSteppedUpSession(identity, { caller, of: STAFF }, async (tx, by) => {
    const held = await requireRole(identity, tx, id);
    const mayEnd = held.accountId === by.accountId || DECIDERS.some((role) => by.roles.includes(role));
    if (!mayEnd) throw refused.notFound('role');
    if (held.accountId !== by.accountId) await demandTheirPerson(tx, caller, held.accountId);
    await tx.query(
      "UPDATE time_boxed_role SET ended_at = $2 WHERE id = $1 AND state = 'APPROVED' AND ended_at IS NULL AND until > $2",
      [id, by.now],
    );
    const after = await requireRole(identity, tx, id);
    await record(tx, by, { action: 'time_boxed_role_ended', of: after });
    return after;
  });
}

const READ = `SELECT id, account_id AS "accountId", role, minutes, reason, state, requested_at AS "requestedAt",
  decided_by AS "decidedBy", until, ended_at AS "endedAt" FROM time_boxed_role`;
type Row = Omit<TimeBoxedRole, 'reason'> & { reason: Buffer | null };

/** What waits for a decision or runs now; of one person alone where it says so. */
export async function listTimeBoxedRoles(
  identity: Pick<Identity, 'keyring' | 'clock'>,
  tx: Transaction,
  { accountId, caller }: { accountId: string | null; caller: Pick<Caller, 'accountId' | 'locations'> },
): Promise<TimeBoxedRole[]> {
  const rows = await tx.query<Row>(
    `${READ} WHERE organization_id = $1 AND ($2::uuid IS NULL OR account_id = $2)
       AND (state = 'REQUESTED' OR (state = 'APPROVED' AND ended_at IS NULL AND until > $3))
       AND (account_id = $4 OR ${isOfPlaces('time_boxed_role.account_id', '$5')})
     ORDER BY requested_at DESC, id LIMIT 100`,
    [tx.organizationId, accountId, identity.clock(), caller.accountId, caller.locations],
  );
  return open(identity, tx, rows);
}

async function requireRole(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  id: string,
): Promise<TimeBoxedRole> {
  const [role] = await open(identity, tx, await tx.query<Row>(`${READ} WHERE id = $1`, [id]));
  if (!role) throw refused.notFound('request');
  return role;
}

async function open(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  rows: readonly Row[],
): Promise<TimeBoxedRole[]> {
  const reasons = await keyring.openMany(
    tx,
    rows.map((row) => ({ place: place(row), envelope: row.reason })),
  );
  return rows.map((row, at) => ({ ...row, reason: reasons[at] ?? null }));
}

const record = (
  tx: Transaction,
  by: Responsible,
  { action, of }: { action: AuditAction; of: TimeBoxedRole },
): Promise<void> =>
  recordAudit(tx, by, {
    action,
    outcome: 'success',
    subject: { type: 'Account', id: of.accountId },
    details: {
      grant: of.id,
      role: of.role,
      state: of.state,
      ...(of.until && { until: of.until.toISOString() }),
    },
  });

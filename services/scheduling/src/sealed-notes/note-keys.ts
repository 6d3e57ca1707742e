import { randomUUID } from 'node:crypto';
import { constraintOf, onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readText } from '../input.ts';
import type { NoteKey, RegisterNoteKeyInput, RevokeNoteKeyInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { readPublicKey } from './public-key.ts';

const DEVICES_MAX = 10;

interface LimitReached {
  __typename: 'LimitReached';
  message: string;
  limit: number;
}
const limitReached: LimitReached = {
  __typename: 'LimitReached',
  message: `At most ${DEVICES_MAX} devices can read your notes. Please take one out first.`,
  limit: DEVICES_MAX,
};

interface Row {
  id: string;
  thumbprint: string;
  device_name: string;
  registered_at: Date;
  revoked_at: Date | null;
}
const COLUMNS = 'id, thumbprint, device_name, registered_at, revoked_at';
const viewOf = (row: Row): NoteKey => ({
  id: row.id,
  thumbprint: row.thumbprint,
  deviceName: row.device_name,
  registeredAt: row.registered_at,
  revokedAt: row.revoked_at,
});

/** The caller's devices, those that were taken out as well until they are forgotten. */
export function listNoteKeys(context: SchedulingContext): Promise<NoteKey[]> {
  return inOrganization(context, async (tx) => {
    const rows = await tx.query<Row>(
      `SELECT ${COLUMNS} FROM note_key WHERE person_id = $1 ORDER BY registered_at DESC, id LIMIT 100`,
      [context.caller.accountId],
    );
    return rows.map(viewOf);
  });
}

/** Makes a device a reader of its person's sealed notes. */
export function registerNoteKey(context: SchedulingContext, input: RegisterNoteKeyInput) {
  const key = readPublicKey(input);
  const deviceName = readText(input.deviceName, { field: 'deviceName', lengthMax: 60 });
  if (deviceName === null) throw refused.badInput('Please give the device a name.', { field: 'deviceName' });
  const { caller } = context;
  const personId = caller.accountId;
  invariant(personId !== null, 'only people with an account reach this');
  return settle<{ __typename: 'NoteKeyRegistered'; key: NoteKey }, LimitReached>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = { key, deviceName };
      const asked = { actor: personId, operation: 'registerNoteKey', key: input.idempotencyKey, request };
      const { id } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        // One device of a person at a time, or two could pass the limit together.
        await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`note-keys ${personId}`]);
        const [live] = await tx.query<{ count: number }>(
          'SELECT count(*)::int AS count FROM note_key WHERE person_id = $1 AND revoked_at IS NULL',
          [personId],
        );
        if ((live?.count ?? 0) >= DEVICES_MAX) throw notDone(limitReached);
        const row = { id: randomUUID(), personId, ...key, deviceName, now };
        await insertKey(tx, row);
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'note_key_registered',
          subject: { type: 'NoteKey', id: row.id },
          ...(caller.kind === 'CLIENT' && { dataSubjectId: personId }),
          at: now,
          details: { thumbprint: key.thumbprint },
        });
        return { id: row.id };
      });
      return { __typename: 'NoteKeyRegistered', key: await readOwnKey(tx, personId, id) };
    }),
  );
}

async function insertKey(
  tx: Transaction,
  row: { id: string; personId: string; x: string; thumbprint: string; deviceName: string; now: Date },
): Promise<void> {
  try {
    await tx.query(
      `INSERT INTO note_key (id, organization_id, person_id, thumbprint, public_x, device_name, registered_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [row.id, tx.organizationId, row.personId, row.thumbprint, row.x, row.deviceName, row.now],
    );
  } catch (error) {
    if (constraintOf(error) !== 'one_person_per_key') throw error;
    // Also when it is somebody else's, and when it was taken out: a key that was given up never comes back.
    throw refused.badInput('This key was registered before. Please make a new one on the device.', {
      field: 'x',
    });
  }
}

/** Takes a device out; what was wrapped for it goes with it. Doing it twice is the same as once. */
export function revokeNoteKey(context: SchedulingContext, input: RevokeNoteKeyInput) {
  const keyId = readId(input.keyId, 'keyId');
  const { caller } = context;
  const personId = caller.accountId;
  invariant(personId !== null, 'only people with an account reach this');
  return settle<{ __typename: 'NoteKeyRevoked'; key: NoteKey }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = { keyId };
      const asked = { actor: personId, operation: 'revokeNoteKey', key: input.idempotencyKey, request };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const [revoked] = await tx.query<{ thumbprint: string }>(
          `UPDATE note_key SET revoked_at = $3 WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL RETURNING thumbprint`,
          [keyId, personId, now],
        );
        if (revoked === undefined) return null;
        await tx.query(
          `UPDATE sealed_note SET jwe = drop_note_recipients(jwe, ARRAY[$2]), needs_rewrap = true
           WHERE booking_id IN (SELECT id FROM booking WHERE client_id = $1 OR provider_id = $1)
             AND jwe -> 'recipients' @> jsonb_build_array(jsonb_build_object('header', jsonb_build_object('kid', $2::text)))`,
          [personId, revoked.thumbprint],
        );
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'note_key_revoked',
          subject: { type: 'NoteKey', id: keyId },
          ...(caller.kind === 'CLIENT' && { dataSubjectId: personId }),
          at: now,
        });
        return null;
      });
      return { __typename: 'NoteKeyRevoked', key: await readOwnKey(tx, personId, keyId) };
    }),
  );
}

async function readOwnKey(tx: Transaction, personId: string, id: string): Promise<NoteKey> {
  const [row] = await tx.query<Row>(`SELECT ${COLUMNS} FROM note_key WHERE id = $1 AND person_id = $2`, [
    id,
    personId,
  ]);
  if (row === undefined) throw refused.notFound('device');
  return viewOf(row);
}

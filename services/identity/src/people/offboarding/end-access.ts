import type { Transaction } from '@kept/database';

/**
 * Ends everything identity has given somebody on the staff, and says how much it was. The triggers on session and account tell
 * the gateways; what is counted as left to do is named so: programs that need another owner, vendors another sponsor.
 */
export async function endAccess(
  tx: Transaction,
  { accountId, by, now }: { accountId: string; by: string; now: Date },
): Promise<Record<string, number>> {
  const count = async (statement: string, more: readonly unknown[] = [now]): Promise<number> =>
    (await tx.query(statement, [accountId, ...more])).length;
  const emergencies = await count(
    `UPDATE emergency_access SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL AND until > $2 RETURNING id`,
  );
  const sessions = await count(
    `UPDATE session SET ended_at = $2, end_reason = 'OFFBOARDED' WHERE account_id = $1 AND ended_at IS NULL RETURNING id`,
  );
  const devices = await count(
    'UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL RETURNING id',
  );
  const signInsUnderWay = await count(
    `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL WHERE account_id = $1 AND state NOT IN ('COMPLETED', 'SPENT')
     RETURNING id`,
    [],
  );
  const invitations = await count(
    `UPDATE staff_invitation SET state = 'WITHDRAWN', finished_at = $2 WHERE invited_by = $1 AND state = 'OPEN' RETURNING id`,
  );
  // They may have kept a copy of any key they made or answered for. The program goes on once it has a new one.
  const serviceKeys = await count(
    `UPDATE service_key SET revoked_at = $2 WHERE revoked_at IS NULL
       AND (made_by = $1 OR account_id IN (SELECT id FROM account WHERE owner_id = $1)) RETURNING id`,
  );
  await count(
    `UPDATE session SET ended_at = $2, end_reason = 'OFFBOARDED' WHERE ended_at IS NULL AND kind = 'SERVICE'
       AND device_id IN (SELECT device_id FROM service_key WHERE revoked_at = $2
         AND (made_by = $1 OR account_id IN (SELECT id FROM account WHERE owner_id = $1))) RETURNING id`,
  );
  const rolesOfHours = await count(
    `UPDATE time_boxed_role SET ended_at = $2 WHERE account_id = $1 AND state = 'APPROVED' AND ended_at IS NULL AND until > $2
     RETURNING id`,
  );
  await count(
    'UPDATE role_grant SET ended_at = $2, ended_by = $3 WHERE account_id = $1 AND ended_at IS NULL RETURNING id',
    [now, by],
  );
  const [before] = await tx.query<{ roles: number }>(
    'SELECT cardinality(roles) AS roles FROM account WHERE id = $1',
    [accountId],
  );
  await tx.query("UPDATE account SET state = 'ENDED', roles = '{}', suspended_because = NULL WHERE id = $1", [
    accountId,
  ]);
  const servicesWithoutOwner = await count(
    `SELECT id FROM account WHERE owner_id = $1 AND kind = 'SERVICE' AND state IN ('ACTIVE', 'SUSPENDED')`,
    [],
  );
  const vendorsWithoutSponsor = await count(
    `SELECT id FROM account WHERE sponsor_id = $1 AND employment = 'VENDOR' AND state IN ('ACTIVE', 'SUSPENDED')`,
    [],
  );
  return {
    devices,
    emergencies,
    invitations,
    roles: before?.roles ?? 0,
    rolesOfHours,
    serviceKeys,
    servicesWithoutOwner,
    sessions,
    signInsUnderWay,
    vendorsWithoutSponsor,
  };
}

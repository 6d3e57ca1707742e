import type { Identity } from '../identity.ts';

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
}

/** The organization of this id, or undefined when there is none. */
export async function readOrganization(
  { database }: Pick<Identity, 'database'>,
  id: string,
): Promise<Organization | undefined> {
  return database.transaction(id, async (tx) => {
    const [organization] = await tx.query<Organization>(
      `SELECT organization_id AS id, name, time_zone AS "timeZone", currency FROM organization_profile
       WHERE organization_id = $1`,
      [id],
    );
    return organization;
  });
}

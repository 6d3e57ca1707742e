import type { Role } from '@kept/passport';
import type { Identity } from '../identity.ts';
import type { AccountKind, AccountState } from './account.ts';
import { contactPlace } from './contact.ts';

/** A client or a member of staff as the graph shows them. `id` is what relations ask about. */
export interface Person {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  readonly displayName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly erased: boolean;
}

interface Row {
  readonly id: string;
  readonly organization_id: string;
  readonly kind: AccountKind;
  readonly state: AccountState;
  readonly roles: Role[];
  readonly display_name: Buffer | null;
  readonly email: Buffer | null;
  readonly phone: Buffer | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Reads people of one organization, however many, with one query and one look for their keys. Who was erased comes back
 * as a stub: the id stands in records that must be kept, and nothing else is left. Unknown ids are left out.
 */
export async function readPeople(
  { database, keyring }: Pick<Identity, 'database' | 'keyring'>,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, Person>> {
  const wanted = ids.filter((id) => UUID.test(id));
  if (wanted.length === 0) return new Map();
  return database.transaction(organizationId, async (tx) => {
    const rows = await tx.query<Row>(
      `SELECT id, organization_id, kind, state, roles, display_name, email, phone FROM account
       WHERE id = ANY ($1::uuid[]) AND state <> 'PENDING'`,
      [wanted],
    );
    const texts = await keyring.openMany(
      tx,
      rows.flatMap((row) => [
        { place: contactPlace(row.id, 'display_name'), envelope: row.display_name },
        { place: contactPlace(row.id, 'email'), envelope: row.email },
        { place: contactPlace(row.id, 'phone'), envelope: row.phone },
      ]),
    );
    return new Map(rows.map((row, at) => [row.id, personOf(row, texts.slice(3 * at, 3 * at + 3))]));
  });
}

function personOf(row: Row, [displayName, email, phone]: readonly (string | null)[]): Person {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    roles: row.roles,
    displayName: displayName ?? null,
    email: email ?? null,
    phone: phone ?? null,
    // Without a name nothing personal is left: the key was destroyed, or retention has emptied the row.
    erased: row.state === 'ERASED' || (displayName ?? null) === null,
  };
}

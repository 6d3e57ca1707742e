import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { contactPlace } from '../../accounts/contact.ts';
import type { Identity } from '../../identity.ts';
import { isOfPlaces } from '../places-of-people.ts';
import { writeToken } from '../../sessions/routed-token.ts';

/** Long enough for somebody on holiday to see it, short enough that a forgotten mail is no way in. */
export const INVITATION_MS = 7 * 24 * 3_600_000;

/** An invitation as those see it who may invite. */
export interface Invitation {
  readonly id: string;
  readonly accountId: string;
  readonly email: string | null;
  readonly roles: readonly Role[];
  readonly invitedBy: string;
  readonly invitedAt: Date;
  readonly expiresAt: Date;
}

/**
 * The token of an invitation's newest mail: an HMAC over its id and how often it was mailed, so that nothing of it is
 * stored, and a link that was sent before another is void.
 */
export const invitationToken = (
  { secrets }: Pick<Identity, 'secrets'>,
  of: { organizationId: string; id: string; mails: number },
): string =>
  writeToken(secrets, 'invitation', { organizationId: of.organizationId, id: of.id, count: of.mails });

/** The invitations that wait for an answer, newest first, or one of them; for these places alone where it says so. */
export async function readInvitations(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { id, places }: { id?: string; places: readonly string[] | null },
): Promise<Invitation[]> {
  const rows = await tx.query<Omit<Invitation, 'email'> & { email: Buffer | null }>(
    `SELECT i.id, i.account_id AS "accountId", a.email, a.roles, i.invited_by AS "invitedBy",
       i.invited_at AS "invitedAt", i.expires_at AS "expiresAt"
     FROM staff_invitation i JOIN account a ON a.id = i.account_id
     WHERE i.organization_id = $1 AND i.state = 'OPEN' AND ($2::uuid IS NULL OR i.id = $2) AND ${isOfPlaces('i.account_id', '$3')}
     ORDER BY i.invited_at DESC, i.id LIMIT 100`,
    [tx.organizationId, id ?? null, places],
  );
  const emails = await keyring.openMany(
    tx,
    rows.map(({ accountId, email }) => ({ place: contactPlace(accountId, 'email'), envelope: email })),
  );
  return rows.map((row, at) => ({ ...row, email: emails[at] ?? null }));
}

/** One invitation that waits, or not-found. */
export async function requireInvitation(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  of: { id: string; places: readonly string[] | null },
): Promise<Invitation> {
  const [invitation] = await readInvitations(identity, tx, of);
  if (!invitation) throw refused.notFound('invitation');
  return invitation;
}

import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { readStaffAccount, type StaffAccount } from '../staff/staff-account.ts';
import { inSteppedUpSession, readId } from '../stepped-up.ts';

const YEAR_MS = 366 * 24 * 3_600_000;

/** What the access of somebody rests on who works for the business and not in it (45 CFR 164.308(b)). */
export interface VendorTerms {
  readonly sponsorId: string;
  readonly endsAt: Date;
  readonly dpaReference: string;
}

/** Terms as they are stored: a sponsor who works here, an end within a year, an agreement. */
export async function readVendorTerms(
  tx: Transaction,
  { sponsorId: typed, endsAt, dpaReference }: VendorTerms,
  now: Date,
): Promise<VendorTerms> {
  const sponsorId = readId(typed, 'sponsor');
  const agreement = dpaReference.trim();
  if (agreement.length < 3 || agreement.length > 200)
    throw refused.badInput('Name the data processing agreement in 3 to 200 characters.', {
      field: 'dpaReference',
    });
  if (!(endsAt > now) || endsAt.getTime() > now.getTime() + YEAR_MS)
    throw refused.badInput('A vendor’s access ends within a year from now.', { field: 'endsAt' });
  const [sponsor] = await tx.query(
    `SELECT FROM account WHERE id = $1 AND organization_id = $2 AND kind = 'STAFF' AND state = 'ACTIVE'
       AND employment IS DISTINCT FROM 'VENDOR'`,
    [sponsorId, tx.organizationId],
  );
  if (!sponsor)
    throw refused.badInput('A sponsor is a member of staff who works here and is no vendor themselves.', {
      field: 'sponsorId',
    });
  return { sponsorId, endsAt, dpaReference: agreement };
}

/** Makes an account a vendor's. Its tokens so far are withdrawn: they may say a later end, or none. */
export async function writeVendorTerms(
  tx: Transaction,
  accountId: string,
  { sponsorId, endsAt, dpaReference }: VendorTerms,
): Promise<boolean> {
  const set = await tx.query(
    `UPDATE account SET employment = 'VENDOR', sponsor_id = $2, ends_at = $3, dpa_reference = $4
     WHERE id = $1 AND kind = 'STAFF' AND state IN ('PENDING', 'ACTIVE', 'SUSPENDED') RETURNING id`,
    [accountId, sponsorId, endsAt, dpaReference],
  );
  await tx.query(
    'UPDATE session SET token_generation = token_generation + 1 WHERE account_id = $1 AND ended_at IS NULL',
    [accountId],
  );
  return set.length === 1;
}

/** Makes somebody a vendor, or gives a vendor another sponsor, end or agreement. Nobody sets their own. */
export async function setVendorTerms(
  identity: Identity,
  { caller, id: typed, terms: asked }: { caller: Caller; id: string; terms: VendorTerms },
): Promise<StaffAccount> {
  const id = readId(typed, 'staff member');
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    if (id === by.accountId) throw refused.badInput('Somebody else sets the end of your own access.');
    const terms = await readVendorTerms(tx, asked, by.now);
    if (terms.sponsorId === id)
      throw refused.badInput('Nobody is their own sponsor.', { field: 'sponsorId' });
    if (!(await writeVendorTerms(tx, id, terms))) throw refused.notFound('staff member');
    await recordAudit(tx, by, {
      action: 'vendor_terms_changed',
      outcome: 'success',
      subject: { type: 'Account', id },
      details: { endsAt: terms.endsAt.toISOString(), sponsor: terms.sponsorId },
    });
    return readStaffAccount(identity, tx, id);
  });
}

import type { FieldPlace } from '@kept/field-encryption';
import { constraintOf, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';

export type GuardianshipKind = 'CHILD' | 'ADULT';

/** That a client answers for another one, as it is shown. */
export interface Guardianship {
  readonly id: string;
  readonly guardianId: string;
  readonly dependantId: string;
  readonly kind: GuardianshipKind;
  readonly beganAt: Date;
  readonly endsAt: Date;
  readonly endedAt: Date | null;
  readonly confirmedBy: string | null;
  readonly reason: string | null;
}

/** Where the reason of a guardianship is sealed: under the key of whoever it is about. */
export const reasonPlace = ({ id, dependantId }: { id: string; dependantId: string }): FieldPlace => ({
  subjectId: dependantId,
  fieldClass: 'sensitive',
  table: 'guardianship',
  column: 'reason',
  rowId: id,
});

/** What makes a guardianship one that holds at a time. */
export const holdsAt = (time: string): string => `g.ended_at IS NULL AND g.ends_at > ${time}`;

/** For whom somebody answers at this moment, and until when at the latest; what tokens say. */
export function dependantsOf(
  tx: Transaction,
  guardianId: string,
  now: Date,
): Promise<{ dependantId: string; endsAt: Date }[]> {
  return tx.query<{ dependantId: string; endsAt: Date }>(
    `SELECT g.dependant_id AS "dependantId", g.ends_at AS "endsAt" FROM guardianship g
     WHERE g.guardian_id = $1 AND ${holdsAt('$2')} ORDER BY g.began_at, g.id LIMIT 8`,
    [guardianId, now],
  );
}

type Row = Omit<Guardianship, 'reason'> & { readonly sealed: Buffer | null };

const READ = `SELECT g.id, g.guardian_id AS "guardianId", g.dependant_id AS "dependantId", g.kind, g.began_at AS "beganAt",
  g.ends_at AS "endsAt", g.ended_at AS "endedAt", g.confirmed_by AS "confirmedBy", g.reason AS sealed FROM guardianship g`;

/** The guardianships of a guardian, or of whoever is answered for, that hold now. */
export async function readGuardianships(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  of: ({ guardianId: string } | { dependantId: string }) & { now: Date },
): Promise<Guardianship[]> {
  const [column, id] =
    'guardianId' in of
      ? (['guardian_id', of.guardianId] as const)
      : (['dependant_id', of.dependantId] as const);
  const rows = await tx.query<Row>(
    `${READ} WHERE g.${column} = $1 AND ${holdsAt('$2')} ORDER BY g.began_at, g.id LIMIT 8`,
    [id, of.now],
  );
  return open(identity, tx, rows);
}

/** One guardianship of this organization, kept from changing; undefined when there is none. */
export async function lockGuardianship(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  id: string,
): Promise<Guardianship | undefined> {
  const [found] = await open(identity, tx, await tx.query<Row>(`${READ} WHERE g.id = $1 FOR UPDATE`, [id]));
  return found;
}

async function open(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  rows: readonly Row[],
): Promise<Guardianship[]> {
  const reasons = await keyring.openMany(
    tx,
    rows.map((row) => ({ place: reasonPlace(row), envelope: row.sealed })),
  );
  return rows.map(({ sealed: _sealed, ...row }, at) => ({ ...row, reason: reasons[at] ?? null }));
}

// In the words of whoever asked. That a client has an account is known to staff, who alone can name one here.
const SENTENCES: Readonly<Record<string, string>> = {
  nobody_is_their_own_guardian: 'Nobody is their own guardian.',
  nobody_confirms_their_own_guardianship: 'Somebody else confirms what is about yourself.',
  guardians_have_an_account: 'Only a client with an account can answer for somebody.',
  dependants_have_no_account_of_their_own:
    'This client has an account of their own and answers for themselves.',
  a_dependant_has_two_guardians_at_most: 'Two people answer for this client already. End one of these first.',
  a_guardian_answers_for_eight_at_most: 'One person answers for eight at most.',
  one_live_guardianship_per_pair: 'This is so already.',
  a_guardianship_ends: 'It ends within 21 years for a child, and within five years for an adult.',
};

/** Runs what writes a guardianship; what the database refuses as a sentence. */
export async function inSentences<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const constraint = constraintOf(error) ?? '';
    // As if they did not exist: whoever is of another organization.
    if (constraint === 'guardians_and_dependants_are_of_one_organization') throw refused.notFound('client');
    const sentence = SENTENCES[constraint];
    if (sentence === undefined) throw error;
    throw refused.badInput(sentence);
  }
}

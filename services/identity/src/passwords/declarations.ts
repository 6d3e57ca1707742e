import { declareTable, notPersonal, personal } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';

const aBusiness = notPersonal('A business');

/** Tables of passwords that are written and read with SQL alone. */
export const passwordTables = [
  declareTable('password_history', {
    id: notPersonal('Random reference'),
    organization_id: aBusiness,
    account_id: notPersonal('Random reference of an account'),
    hash: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'pd:Password',
        reason: 'So that you do not take a password again that you had before',
        retention: withTheAccount,
        erase: 'delete',
        inClearBecause: 'It is an argon2id hash with a pepper that the database does not hold.',
      }),
    ),
    pepper_version: notPersonal('Which pepper the hash was made with'),
    replaced_at: notPersonal('Order of the earlier passwords'),
  }),
  declareTable('password_policy', {
    organization_id: aBusiness,
    version: notPersonal('A count'),
    profile: notPersonal('Which rules hold'),
    staff_max_age_days: notPersonal('A count'),
    set_by: notPersonal('Random reference of an account'),
    set_at: notPersonal('Since when it holds'),
  }),
];

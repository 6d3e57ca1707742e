import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../retention/retention-rules.ts';

const business = notPersonal('A business');

const pastProofs = retentionRule({
  name: 'spent-proofs-of-work',
  clock: 'spent_at',
  period: 'P1D',
  then: 'delete_row',
  reason: 'A challenge is good for ten minutes; afterwards nobody can use it again.',
});
const pastUnlocks = retentionRule({
  name: 'past-unlocks',
  clock: 'asked_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years are enough to answer who opened an account; the audit log keeps that it happened.',
});

/** Proofs that were used, accounts that are locked, and who opened them. */
export const lockoutTables = [
  declareTable('spent_proof', {
    organization_id: business,
    digest: notPersonal('Hash of a random challenge'),
    spent_at: personal({
      subject: 'digest',
      category: 'pd:Authenticating',
      purposes: ['account.security'],
      basis: 'gdpr:A6-1-f',
      reason: 'So that work is done once for each attempt',
      retention: pastProofs,
      erase: 'keep',
      export: 'none',
      inClearBecause: 'It says when somebody tried, and of nobody who.',
    }),
  }),
  declareTable('account_lock', {
    account_id: notPersonal('Random reference of an account'),
    organization_id: business,
    cause: notPersonal('Why, one of three words'),
    locked_by: notPersonal('Random reference of an account'),
    reason: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'kept:SecurityRecord',
        fieldClass: 'sensitive',
        reason: 'So that whoever unlocks it knows why it was locked',
        retention: withTheAccount,
        erase: 'delete',
      }),
    ),
    locked_at: notPersonal('When'),
  }),
  declareTable('account_unlock', {
    id: notPersonal('Random reference'),
    organization_id: business,
    account_id: notPersonal('Random reference of an account'),
    asked_by: notPersonal('Random reference of an account'),
    reason: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'kept:SecurityRecord',
        fieldClass: 'sensitive',
        basis: 'gdpr:A6-1-f',
        reason: 'So that it can be judged whether opening it was right',
        retention: pastUnlocks,
        erase: 'delete',
      }),
    ),
    asked_at: notPersonal('When it was asked for'),
    expires_at: notPersonal('When it is too late to approve it'),
    takes_two: notPersonal('Whether a second manager has to approve'),
    approved_by: notPersonal('Random reference of an account'),
    approved_at: notPersonal('When it was approved'),
    done_at: notPersonal('When the account was opened'),
  }),
];

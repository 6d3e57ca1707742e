import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount, withTheAccount } from '../../retention/retention-rules.ts';

const pastChanges = retentionRule({
  name: 'changed-factors',
  clock: 'undo_until',
  period: 'P1D',
  then: 'delete_row',
  reason:
    'A second factor that was taken off is kept to bring it back for a day, and a day to answer questions.',
});
const reference = notPersonal('Random reference');
const aBusiness = notPersonal('The business the account belongs to');
const ofTheChange = { subject: 'account_id', retention: pastChanges } as const;

/** Changes of factors, and advice that was put off. */
export const factorChangeTables = [
  declareTable('factor_change', {
    id: reference,
    organization_id: aBusiness,
    account_id: notPersonal('Random reference of an account'),
    change: notPersonal('Whether it was taken off or replaced'),
    changed_by: notPersonal('Random reference of an account'),
    reason: personal(
      ofTheAccount({
        ...ofTheChange,
        category: 'kept:SecurityRecord',
        fieldClass: 'sensitive',
        basis: 'gdpr:A6-1-f',
        reason: 'So that it can be judged whether taking your second factor off was right',
        erase: 'delete',
      }),
    ),
    former_factor_id: reference,
    former_secret: personal(
      ofTheAccount({
        ...ofTheChange,
        category: 'pd:Authenticating',
        fieldClass: 'credential',
        reason: 'To bring your authenticator back when it was not you who took it off',
        erase: 'shred',
      }),
    ),
    former_step: notPersonal('Counts half minutes so that no code works twice'),
    created_at: notPersonal('When it was changed'),
    undo_until: notPersonal('Until when it can be brought back'),
    undone_at: notPersonal('When it was brought back'),
  }),
  declareTable('nudge_dismissal', {
    organization_id: aBusiness,
    account_id: notPersonal('Random reference of an account'),
    nudge: personal(
      ofTheAccount({
        subject: 'account_id',
        category: 'kept:SecurityRecord',
        reason: 'So that advice you have put off is not shown again at once',
        retention: withTheAccount,
        erase: 'delete',
        inClearBecause: 'It names a kind of advice and nothing about you.',
      }),
    ),
    dismissed_until: notPersonal('When it is shown again'),
  }),
];

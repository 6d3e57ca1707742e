import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';
import { ofTheAccount } from '../retention/retention-rules.ts';

const reference = notPersonal('Random reference');
const aBusiness = notPersonal('A business');
const anAccount = notPersonal('Random reference of an account');
const aTime = notPersonal('When it happened');

const formerGuardianships = retentionRule({
  name: 'former-guardianships',
  clock: 'over_at',
  period: 'P3Y',
  then: 'delete_row',
  reason: 'Who answered for whom is shown as long as claims from that time can be made.',
});

/** Clients who answer for others, and how that ends with an account of one's own. */
export const guardianshipTables = [
  declareTable('guardianship', {
    id: reference,
    organization_id: aBusiness,
    guardian_id: anAccount,
    dependant_id: anAccount,
    kind: personal(
      ofTheAccount({
        subject: 'dependant_id',
        category: 'pd:FamilyStructure',
        reason: 'To know what was shown when somebody began to answer for you',
        retention: formerGuardianships,
        erase: 'keep',
        export: 'client',
        inClearBecause: 'The database decides by it how long a guardianship may last; it names nobody.',
      }),
    ),
    reason: personal(
      ofTheAccount({
        subject: 'dependant_id',
        category: 'kept:SecurityRecord',
        fieldClass: 'sensitive',
        reason: 'So that it can be judged whether somebody was right to answer for you',
        retention: formerGuardianships,
        erase: 'shred',
        export: 'client',
      }),
    ),
    confirmed_by: anAccount,
    began_at: aTime,
    ends_at: personal(
      ofTheAccount({
        subject: 'dependant_id',
        category: 'pd:Age',
        reason:
          'So that nobody answers for you any more on the day you come of age; your birthday is not kept',
        retention: formerGuardianships,
        erase: 'keep',
        export: 'client',
        inClearBecause: 'The database has to compare it with each token; without the name it says little.',
      }),
    ),
    ended_at: aTime,
    ended_by: anAccount,
    over_at: notPersonal('Starts the time after which the row goes'),
  }),
  declareTable('own_account_offer', {
    id: reference,
    organization_id: aBusiness,
    dependant_id: anAccount,
    claim_id: anAccount,
    offered_by: anAccount,
    offered_at: aTime,
    expires_at: notPersonal('Ends the link'),
    agreed: notPersonal('Whether everybody who answers has named the same address'),
  }),
];

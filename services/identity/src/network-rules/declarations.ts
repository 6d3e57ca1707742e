import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const reference = notPersonal('Random reference');
const aBusiness = notPersonal('A business');
const anAccount = notPersonal('Random reference of an account');

const usedPasses = retentionRule({
  name: 'networks-that-a-pass-opened',
  clock: 'usable_until',
  period: 'P90D',
  then: 'delete_row',
  reason: 'Who came in past the rules is looked into within weeks; the audit log keeps that it happened.',
});

/** Two tables outside the tenant wall: gateways are told of every organization's. */
export const networkTables = [
  declareTable('network_rule', {
    id: reference,
    organization_id: aBusiness,
    name: notPersonal('What the rule is for, in the words of the business'),
    mode: notPersonal('Whether it holds or only looks'),
    roles: notPersonal('Whom it is for'),
    allow: notPersonal('Networks of the business'),
    deny: notPersonal('Networks that the business shuts out'),
    allow_countries: notPersonal('Countries'),
    deny_countries: notPersonal('Countries'),
    set_by: anAccount,
    set_at: notPersonal('Since when it holds'),
    ended_at: notPersonal('Until when it held'),
    ended_by: anAccount,
  }),
  declareTable('network_pass', {
    id: reference,
    organization_id: aBusiness,
    code_hash: notPersonal('A keyed hash of 130 random bits'),
    made_by: anAccount,
    made_at: notPersonal('When it was made'),
    usable_until: notPersonal('Ends the code'),
    used_at: notPersonal('When it was used'),
    network: personal({
      subject: 'made_by',
      category: 'pd:IPAddress',
      purposes: ['account.security'],
      basis: 'gdpr:A6-1-f',
      reason: 'To let people in for four hours from where a rule of the business would not',
      retention: usedPasses,
      erase: 'keep',
      export: 'none',
      inClearBecause: 'Gateways compare it with where a request comes from.',
    }),
    open_until: notPersonal('Until when the network is open'),
  }),
];

import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const aBusiness = notPersonal('A business');

export const pastIsolations = retentionRule({
  name: 'past-isolations',
  clock: 'until',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years are enough to answer why somebody was shut out; the audit log keeps that it happened.',
});

const ofTheIsolation = {
  purposes: ['account.security'],
  basis: 'gdpr:A6-1-f',
  retention: pastIsolations,
  erase: 'keep',
  export: 'none',
  inClearBecause: 'Operators must be able to read it when everything else is down.',
} as const;

/** The two tables outside the tenant wall that gateways are told of. */
export const controlTables = [
  declareTable('access_withdrawal', {
    position: notPersonal('Order of writing'),
    kind: notPersonal('What was withdrawn, one of three words'),
    id: notPersonal(
      'Random reference of a session or an emergency access that is over; gone within the hour',
    ),
    generation: notPersonal('A count'),
    recorded_at: notPersonal('When it was withdrawn'),
    recorded_by: notPersonal('Number of a database transaction'),
  }),
  declareTable('isolation', {
    id: notPersonal('Random reference'),
    kind: notPersonal('What is isolated, one of three words'),
    target: personal({
      ...ofTheIsolation,
      subject: 'target',
      category: 'pd:Identifying',
      reason: 'To keep somebody out at once while it is found out what happened',
    }),
    organization_id: aBusiness,
    reason: personal({
      ...ofTheIsolation,
      subject: 'target',
      category: 'kept:SecurityRecord',
      reason: 'So that it can be judged whether keeping somebody out was right',
    }),
    isolated_by_kind: notPersonal('Whether an operator or somebody of the business isolated'),
    isolated_by: personal({
      ...ofTheIsolation,
      subject: 'isolated_by',
      category: 'pd:Identifying',
      reason: 'So that whoever isolates can be asked about it',
    }),
    isolated_at: notPersonal('When it began'),
    until: notPersonal('When it ends by itself'),
    released_at: notPersonal('When it was ended'),
    released_by: personal({
      ...ofTheIsolation,
      subject: 'released_by',
      category: 'pd:Identifying',
      reason: 'So that whoever releases can be asked about it',
    }),
  }),
];

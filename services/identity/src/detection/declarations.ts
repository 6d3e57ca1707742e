import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const business = notPersonal('A business');
const toFindAttacks = {
  purposes: ['account.security'],
  basis: 'gdpr:A6-1-f',
  erase: 'keep',
  export: 'none',
} as const;

const pastVolume = retentionRule({
  name: 'past-volume-counters',
  clock: 'counted_at',
  period: 'P1D',
  then: 'delete_row',
  reason: 'Attacks are counted for minutes; afterwards nobody needs the counts.',
});
const pastAlerts = retentionRule({
  name: 'past-security-alerts',
  clock: 'raised_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years are enough to see how attacks change and to look into a break-in that was noticed late.',
});

/** What is counted of attacks, and what was made of it. */
export const detectionTables = [
  declareTable('volume_counter', {
    key: personal({
      ...toFindAttacks,
      subject: 'key',
      category: 'pd:IPAddress',
      reason: 'To find attacks that come from many networks or go to many accounts',
      retention: pastVolume,
      inClearBecause: 'It is a keyed hash of a network or an address, kept for a day.',
    }),
    points: notPersonal('A count'),
    expire: notPersonal('When counting begins anew'),
    organization_id: business,
    counted_at: notPersonal('When counting began'),
  }),
  declareTable('security_alert', {
    id: notPersonal('Random reference'),
    organization_id: business,
    kind: notPersonal('What was seen, one of a few words'),
    about: personal({
      ...toFindAttacks,
      subject: 'account_id',
      category: 'pd:Authenticating',
      reason: 'To tell one attack from another',
      retention: pastAlerts,
      inClearBecause: 'It is a keyed hash that cannot be read back.',
    }),
    account_id: notPersonal('Random reference of an account'),
    failures: notPersonal('A count'),
    identifiers: notPersonal('A count'),
    networks: notPersonal('A count'),
    window_seconds: notPersonal('Over how long was counted'),
    window_starts_at: notPersonal('Which hour the alert stands for'),
    raised_at: notPersonal('When it was raised'),
    last_seen_at: notPersonal('When it was last seen'),
  }),
  declareTable('sign_in_baseline', {
    organization_id: business,
    failure_share: notPersonal('How much of the attempts fail in quiet times'),
    windows: notPersonal('A count'),
    measured_until: notPersonal('Up to when it was measured'),
  }),
];

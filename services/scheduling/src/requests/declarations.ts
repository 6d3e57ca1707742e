import { declareTable, notPersonal, personal, retentionRule } from '@kept/personal-data';

const business = notPersonal('A business');

const pastRequests = retentionRule({
  name: 'past slot requests',
  clock: 'requested_at',
  period: 'P30D',
  then: 'delete_row',
  reason: 'A month is enough to see how an attack began; the booking that came of it has its own term.',
});
const pastCounters = retentionRule({
  name: 'past request counters',
  clock: 'window_ends_at',
  period: 'P1D',
  then: 'delete_row',
  reason: 'Requests are counted for minutes; afterwards nobody needs them.',
});
const against = {
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-f',
  erase: 'delete',
  export: 'none',
} as const;

/** Tables of bookings that somebody asks for without saying who they are. */
export const requestDeclarations = [
  declareTable('spent_proof', {
    organization_id: business,
    digest: notPersonal('Hash of a random challenge'),
    request_digest: notPersonal('Hash of what was asked for with it; forgotten after a day'),
    sent: notPersonal('A count'),
    spent_at: notPersonal('When it was used up'),
  }),
  declareTable('request_counter', {
    organization_id: business,
    scope: notPersonal('What is counted'),
    key_hash: personal({
      ...against,
      subject: 'key_hash',
      category: 'pd:IPAddress',
      reason: 'To tell a machine that asks a thousand times from the people it would shut out',
      retention: pastCounters,
      erase: 'keep',
      inClearBecause: 'It is a keyed hash of a network, a service or an account, kept for a day.',
    }),
    asked: notPersonal('A count'),
    window_ends_at: notPersonal('When counting begins anew'),
  }),
  declareTable('slot_request', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    hold_id: notPersonal('Random reference of the hold'),
    service_id: notPersonal('Random reference of a service'),
    network_hash: personal({
      ...against,
      subject: 'claimed_by',
      category: 'pd:IPAddress',
      reason: 'So that one network cannot keep every free hour',
      retention: pastRequests,
      inClearBecause: 'It is a keyed hash of a network that cannot be read back.',
    }),
    time_zone: personal({
      ...against,
      subject: 'claimed_by',
      category: 'pd:Location',
      reason: 'To look twice at a visit in person that is asked for from another part of the world',
      retention: pastRequests,
      inClearBecause: 'A zone is shared by millions and says little by itself.',
    }),
    claim_digest: notPersonal('SHA-256 of 256 bits that nobody can guess'),
    requested_at: notPersonal('When it was asked for'),
    expires_at: notPersonal('When it ends unless somebody claims it'),
    claimed_at: notPersonal('When somebody said who they are'),
    claimed_by: notPersonal('Random reference of the client'),
  }),
];

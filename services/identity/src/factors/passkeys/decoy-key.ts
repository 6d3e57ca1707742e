/**
 * What signatures are checked with where there is no passkey, so that the answer takes as long (A04): a public key (COSE,
 * ES256) whose private half nobody has kept. It belongs to no account, so a right signature would open nothing either.
 */
export const DECOY_KEY = Buffer.from(
  'pQECAyYgASFYIDmcPVt6fku9KABu7NSfcXv6fTvnwKiTAqImrEbuPAvRIlggOVMsRXVXGaz1q2ygDhaUEz6c96vzBGqmTrNura3mGow',
  'base64url',
);

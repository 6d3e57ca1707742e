import type { Caller } from '@kept/passport';

/**
 * Whose rows are a caller's own, as a condition: `{ clientId: ownClients(caller) }`. A client's are theirs and those of the clients
 * they answer for; what the token says of that ends with the guardianship.
 */
export const ownClients = ({
  kind,
  accountId,
  dependants,
}: Pick<Caller, 'kind' | 'accountId' | 'dependants'>): string | null | { $in: readonly string[] } =>
  kind !== 'CLIENT' || accountId === null || dependants.length === 0
    ? accountId
    : { $in: [accountId, ...dependants] };

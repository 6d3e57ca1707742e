import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { networkOf } from '../lockout/network.ts';

type Asking = Partial<Pick<Caller, 'networkAddress' | 'deviceId'>>;

/**
 * From where something was done, for the audit log (LOG-03): the network as a keyed hash, which can be compared within an
 * organization and never read back, and the device when it is known. Empty for what nobody asked for.
 */
export function whereFrom(
  { secrets }: Pick<Identity, 'secrets'>,
  { organizationId }: Pick<Transaction, 'organizationId'>,
  { networkAddress = null, deviceId = null }: Asking,
): Record<string, string> {
  const network = networkOf(networkAddress);
  return {
    ...(network !== undefined && {
      network: secrets
        .hash('network', 'audit', organizationId ?? '', network)
        .toString('base64url')
        .slice(0, 22),
    }),
    ...(deviceId !== null && { deviceId }),
  };
}

import type { Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { networkOf } from '../lockout/network.ts';
import { rulesAgainst } from './judge-network.ts';
import { isOpenByPass, rulesInForce } from './read-rules.ts';

/**
 * Whether the organization's rules let this account in from where it comes: asked at the end of a sign-in, at each
 * refresh and before a step-up. What they say of it is in the audit log either way, without the address.
 */
export async function admitNetwork(
  identity: Identity,
  tx: Transaction,
  given: { caller: Caller; account: { id: string; roles: readonly Role[] }; now: Date },
): Promise<boolean> {
  const { caller, account, now } = given;
  const address = caller.networkAddress;
  const country = identity.addressBook.lookUp(address).place?.country ?? null;
  const against = rulesAgainst(await rulesInForce(tx), { roles: account.roles, address, country });
  if (against.length === 0) return true;
  const enforced = against.filter(({ mode }) => mode === 'ENFORCE');
  const byPass = enforced.length > 0 && (await isOpenByPass(tx, { network: networkOf(address), now }));
  const admitted = enforced.length === 0 || byPass;
  await recordAudit(
    tx,
    { caller, now },
    {
      action: admitted ? 'network_rule_passed' : 'authz_fail',
      outcome: admitted ? 'success' : 'failure',
      subject: { type: 'Account', id: account.id },
      details: {
        reason: 'FORBIDDEN_NETWORK',
        rule: (enforced[0] ?? against[0])?.id ?? '',
        ...(admitted && { because: byPass ? 'break_glass' : 'monitored' }),
      },
    },
  );
  return admitted;
}

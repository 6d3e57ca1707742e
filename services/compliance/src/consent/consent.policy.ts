import { may } from '@kept/access-policy';
import type { DefineVerbs, Relations } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';

/** A consent is a client's own when it names them. */
export const consentRelations: Relations = {
  Consent: { SELF: (caller) => ({ clientId: caller.accountId }) },
};

/** Who may do what with consents and the texts behind them. */
export const consentVerbs: DefineVerbs = (caller, can) => {
  const hasRole = (...roles: string[]) =>
    caller.kind === 'STAFF' && caller.secondFactor && caller.roles.some((role) => roles.includes(role));
  if (caller.kind === 'CLIENT') can('decideOnConsent', 'Consent', { clientId: caller.accountId });
  if (hasRole('MANAGER', 'COMPLIANCE')) can('publish', 'PolicyDocument');
};

/** The caller's organization and account, if their policy has the verb; otherwise a refusal. */
export function allowed(
  { caller, ability }: Pick<ComplianceContext, 'caller' | 'ability'>,
  verb: 'decideOnConsent' | 'publish',
): { organizationId: string; accountId: string } {
  const { organizationId, accountId } = caller;
  if (organizationId === null || accountId === null) throw refused.unauthenticated();
  const mayDo =
    verb === 'publish'
      ? may(ability, 'publish', 'PolicyDocument', {})
      : may(ability, 'decideOnConsent', 'Consent', { clientId: accountId });
  if (!mayDo) throw refused.forbidden();
  return { organizationId, accountId };
}

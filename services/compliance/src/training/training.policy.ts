import { may, type DefineVerbs } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';

/** Staff learn, trained or not yet. Managers and compliance let somebody in before; the database asks for two of them. */
export const trainingVerbs: DefineVerbs = (caller, can) => {
  if (caller.kind !== 'STAFF' || !caller.secondFactor) return;
  can('learn', 'Training');
  if (caller.trained && caller.roles.some((role) => role === 'MANAGER' || role === 'COMPLIANCE'))
    can('waive', 'Training');
};

/** The caller's organization and account, if they may; otherwise a refusal. */
export function allowedTo(
  { caller, ability }: Pick<ComplianceContext, 'caller' | 'ability'>,
  verb: 'learn' | 'waive',
): { organizationId: string; accountId: string } {
  const { organizationId, accountId } = caller;
  if (organizationId === null || accountId === null) throw refused.unauthenticated();
  if (!may(ability, verb, 'Training', {})) throw refused.forbidden();
  return { organizationId, accountId };
}

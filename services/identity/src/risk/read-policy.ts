import type { Transaction } from '@kept/database';
import { DEFAULT_POLICY, type RiskPolicy } from './risk-policy.ts';

/** The policy that holds now: the newest version, or the default of everybody who has set nothing. */
export async function readRiskPolicy(tx: Transaction): Promise<RiskPolicy> {
  const [newest] = await tx.query<{ version: number; settings: Omit<RiskPolicy, 'version'> }>(
    'SELECT version, settings FROM risk_policy WHERE organization_id = $1 ORDER BY version DESC LIMIT 1',
    [tx.organizationId],
  );
  if (!newest) return DEFAULT_POLICY;
  // A reason that this version did not know yet weighs what it weighs for everybody.
  const weights = { ...DEFAULT_POLICY.weights, ...newest.settings.weights };
  return { ...DEFAULT_POLICY, ...newest.settings, weights, version: newest.version };
}

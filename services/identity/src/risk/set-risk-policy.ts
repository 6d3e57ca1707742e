import type { Caller } from '@kept/passport';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { readRiskPolicy } from './read-policy.ts';
import type { RiskMode, RiskPolicy } from './risk-policy.ts';
import type { RiskReason } from './risk-reason.ts';

const STEP_UP_SECONDS = 15 * 60;
const POINTS_MAX = 100;
const DEVICES = { min: 1, max: 50 } as const;

/** What is to be different; what is left out stays as it is. */
export interface RiskPolicyChange {
  readonly staffMode?: RiskMode | null | undefined;
  readonly clientMode?: RiskMode | null | undefined;
  readonly mediumFrom?: number | null | undefined;
  readonly highFrom?: number | null | undefined;
  readonly denyFrom?: number | null | undefined;
  readonly weights?: readonly { readonly reason: RiskReason; readonly points: number }[] | null | undefined;
  readonly devicesPerWeekMax?: number | null | undefined;
  readonly refuseSharedSession?: boolean | null | undefined;
}

/** Sets how sign-ins are judged from now on, as a new version; the earlier ones stay, for whoever asks why. */
export function setRiskPolicy(
  identity: Identity,
  { caller, change }: { caller: Caller; change: RiskPolicyChange },
): Promise<RiskPolicy> {
  const now = identity.clock();
  if (!caller.roles.includes('MANAGER')) throw refused.forbidden();
  requireRecentSecondFactor(caller, { now, maxAgeSeconds: STEP_UP_SECONDS });
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, now);
    // Two at once: the second builds on the first.
    await tx.query('SELECT 1 FROM organization_profile WHERE organization_id = $1 FOR UPDATE', [
      tx.organizationId,
    ]);
    const before = await readRiskPolicy(tx);
    const { version, ...settings } = changed(before, change);
    await tx.query(
      'INSERT INTO risk_policy (organization_id, version, settings, set_by, set_at) VALUES ($1, $2, $3, $4, $5)',
      [tx.organizationId, version, JSON.stringify(settings), accountId, now],
    );
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'risk_policy_changed',
        outcome: 'success',
        subject: { type: 'Organization', id: tx.organizationId ?? '' },
        details: {
          version: String(version),
          staff: settings.mode.STAFF,
          clients: settings.mode.CLIENT,
          levels: `${settings.mediumFrom} ${settings.highFrom} ${settings.denyFrom}`,
        },
      },
    );
    return { version, ...settings };
  });
}

function changed(before: RiskPolicy, change: RiskPolicyChange): RiskPolicy {
  const weights = { ...before.weights };
  for (const { reason, points } of change.weights ?? []) {
    if (points < 0 || points > POINTS_MAX)
      throw refused.badInput(`A reason weighs 0 to ${POINTS_MAX} points.`, { field: 'weights' });
    weights[reason] = points;
  }
  const after: RiskPolicy = {
    version: before.version + 1,
    mode: {
      STAFF: change.staffMode ?? before.mode.STAFF,
      CLIENT: change.clientMode ?? before.mode.CLIENT,
    },
    weights,
    mediumFrom: change.mediumFrom ?? before.mediumFrom,
    highFrom: change.highFrom ?? before.highFrom,
    denyFrom: change.denyFrom ?? before.denyFrom,
    devicesPerWeekMax: change.devicesPerWeekMax ?? before.devicesPerWeekMax,
    refuseSharedSession: change.refuseSharedSession ?? before.refuseSharedSession,
  };
  const { mediumFrom, highFrom, denyFrom, devicesPerWeekMax } = after;
  // Above 100 nothing is ever reached: a level that an organization does not want.
  if (!(mediumFrom >= 1 && highFrom >= mediumFrom && denyFrom >= highFrom && denyFrom <= POINTS_MAX + 1))
    throw refused.badInput('The levels begin at 1 to 101 points, each no lower than the one before.', {
      field: 'mediumFrom',
    });
  if (devicesPerWeekMax < DEVICES.min || devicesPerWeekMax > DEVICES.max)
    throw refused.badInput(`Allow ${DEVICES.min} to ${DEVICES.max} devices a week.`, {
      field: 'devicesPerWeekMax',
    });
  return after;
}

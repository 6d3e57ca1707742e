import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';

/**
 * The gateway itself, in whose own name nothing of the graph may be asked. `operationName` names the private route: a
 * passport for one opens no other.
 */
export const gatewayCaller = (operationName: string): Caller => ({
  kind: 'SERVICE',
  accountId: null,
  organizationId: null,
  roles: [],
  sessionId: null,
  secondFactor: false,
  authenticatedAt: null,
  emergencyUntil: null,
  globalPrivacyControl: false,
  requestId: randomUUID(),
  operationName,
  networkAddress: null,
  policyVersion: 'gateway',
});

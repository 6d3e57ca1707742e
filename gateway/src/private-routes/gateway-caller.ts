import { randomUUID } from 'node:crypto';
import { anonymousCaller, type Caller } from '@kept/passport';

/**
 * The gateway itself, in whose own name nothing of the graph may be asked. `operationName` names the private route: a
 * passport for one opens no other.
 */
export const gatewayCaller = (operationName: string): Caller => ({
  ...anonymousCaller({
    organizationId: null,
    requestId: randomUUID(),
    operationName,
    networkAddress: null,
    policyVersion: 'gateway',
  }),
  kind: 'SERVICE',
});

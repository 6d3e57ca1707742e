import { createHash, randomUUID } from 'node:crypto';
import { anonymousCaller, signPassport, type Caller, type PassportKey } from '@kept/passport';

/** A complete caller from the few properties a test cares about. Staff have shown a second factor unless it says not. */
export function callerOf(wanted: Partial<Caller> & Pick<Caller, 'kind'>): Caller {
  const signedIn = wanted.kind === 'CLIENT' || wanted.kind === 'STAFF';
  return {
    ...anonymousCaller({
      organizationId: randomUUID(),
      requestId: randomUUID(),
      operationName: null,
      networkAddress: '192.0.2.1', // RFC 5737: reserved for documentation
      policyVersion: 'test',
    }),
    accountId: signedIn ? randomUUID() : null,
    roles: wanted.kind === 'CLIENT' ? ['CLIENT'] : [],
    sessionId: signedIn ? randomUUID() : null,
    secondFactor: wanted.kind === 'STAFF',
    assurance: assuranceOf(wanted),
    authenticatedAt: signedIn ? Math.floor(Date.now() / 1000) : null,
    ...wanted,
  };
}

function assuranceOf({ kind, secondFactor = kind === 'STAFF' }: Partial<Caller>): Caller['assurance'] {
  if (kind !== 'CLIENT' && kind !== 'STAFF') return 'NONE';
  return secondFactor ? 'STRONG' : 'PASSWORD';
}

/** The passport key a subgraph under test is given: pass `passportKeys: [testPassportKey(service)]`. */
export function testPassportKey(service: string): PassportKey {
  return { id: 'test', secret: createHash('sha256').update(`passport key of ${service} in tests`).digest() };
}

/** The `kept-passport` header for this body, as the gateway would make it; `now` when the subgraph's clock is fixed. */
export function passportFor(request: {
  caller: Caller;
  service: string;
  body: Buffer | string;
  now?: Date;
}): string {
  return signPassport({ ...request, key: testPassportKey(request.service), now: request.now ?? new Date() });
}

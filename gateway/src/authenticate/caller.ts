import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { anonymousCaller, type Caller } from '@kept/passport';
import { Fault, refused } from '@kept/subgraph-kit';
import type { Control } from '../control/open-control.ts';
import type { Claims, TokenReader } from './access-token.ts';

/** With it, a caller who has not signed in says which organization they ask. */
export const ORGANIZATION_HEADER = 'kept-organization';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Occasion = Pick<Caller, 'requestId' | 'operationName' | 'networkAddress' | 'policyVersion'> &
  Partial<Pick<Caller, 'globalPrivacyControl' | 'userAgent' | 'country'>> & {
    /** What the operation is called by a proof that is bound to it; worked out only where there is one. */
    readonly operationHash?: () => string;
    readonly now?: Date;
  };

/**
 * Who is calling. A token decides, as far as identity has not withdrawn what it says; without one the caller is anonymous.
 * A token that is not valid is never taken for no token: whoever believes to be signed in must learn that they are not.
 */
export async function readCaller(
  headers: IncomingHttpHeaders,
  occasion: Occasion,
  { tokens, control }: { readonly tokens: TokenReader; readonly control: Control },
): Promise<Caller> {
  const organizationId = readOrganization(headers[ORGANIZATION_HEADER]);
  // These alone, whatever else stands in it: who asks is for the token to say, also for somebody who was read before.
  const { requestId, operationName, networkAddress, policyVersion } = occasion;
  const { globalPrivacyControl = false, userAgent = null, country = null } = occasion;
  const of = {
    requestId,
    operationName,
    networkAddress,
    policyVersion,
    globalPrivacyControl,
    userAgent,
    country,
  };
  if (headers.authorization === undefined) {
    control.refuseOrganization(organizationId);
    return anonymousCaller({ organizationId, ...of });
  }
  const token = /^(?:Bearer|DPoP) ([\w.~+/=-]+)$/i.exec(headers.authorization)?.[1];
  if (token === undefined)
    throw refused.unauthenticated('Send the access token as "Authorization: Bearer …".');
  const claims = await tokens.read(token);
  await control.known();
  control.refuse(claims);
  if (organizationId !== null && organizationId !== claims.org) {
    throw refused.unauthenticated('You are signed in to another organization.');
  }
  return {
    ...anonymousCaller({ organizationId: claims.org, ...of }),
    kind: claims.kind,
    accountId: claims.sub,
    roles: claims.roles,
    sessionId: claims.sid,
    secondFactor: claims.sf,
    authenticatedAt: claims.auth_time,
    emergencyUntil: control.emergencyUntil(claims),
    trained: claims.trn,
    assurance: claims.acr ?? (claims.sf ? 'STRONG' : 'PASSWORD'),
    clientType: claims.cty ?? null,
    sessionUntil: claims.end ?? null,
    vendor: claims.vnd,
    riskLevel: claims.rsk,
    deviceId: claims.dev ?? null,
    // Which key the token belongs to: that its holder asks is proven once, when an operation is admitted (dpop/).
    keyThumbprint: claims.cnf?.jkt ?? null,
    stepUp: stepUpOf(claims, occasion),
    dependants: control.notIsolated(claims.dep),
    locations: claims.loc ?? null,
  };
}

/** A proof of a moment ago: for any operation, or for this very one; one that is for another says nothing here. */
function stepUpOf({ sud }: Claims, { operationHash, now }: Occasion): Caller['stepUp'] {
  if (sud === undefined || now === undefined || now.getTime() >= sud.until * 1_000) return null;
  if (sud.hash === undefined) return { operation: false, until: sud.until };
  return operationHash?.() === sud.hash ? { operation: true, until: sud.until } : null;
}

function readOrganization(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && UUID.test(header.toLowerCase())) return header.toLowerCase();
  throw new Fault('BAD_INPUT', 'The header kept-organization takes the id of one organization.', {
    field: ORGANIZATION_HEADER,
  });
}

/**
 * Where a request comes from. `X-Forwarded-For` is what anybody can write, so only as many entries are believed, from
 * the right, as there are proxies of ours in front.
 */
export function networkAddressOf(request: IncomingMessage, trustedProxies: number): string | null {
  const peer = request.socket.remoteAddress ?? null;
  if (trustedProxies === 0) return plain(peer);
  const header = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join() : (header ?? '')).split(',').map((hop) => hop.trim());
  return plain(hops.at(-trustedProxies) || peer);
}

// Proxies also write a port behind it, brackets around it, and IPv4 inside IPv6. What is left as hexadecimal is still an
// address to whoever compares them; cut in half it would be none, and in no list of those that are kept out.
const plain = (address: string | null) =>
  address
    ?.replace(/^\[([^\]]*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/, '$1$2')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .slice(0, 64) ?? null;

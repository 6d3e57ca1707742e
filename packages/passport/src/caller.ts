import { z } from 'zod';

/** Every role a caller can have. A client has `CLIENT` alone; a staff member has one or more of the others. */
export const ROLES = ['CLIENT', 'PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'] as const;
export type Role = (typeof ROLES)[number];

/**
 * How sure we are who it is (ASVS 6.3.3): by a password alone; with a code that was mailed or texted; with an authenticator;
 * with a passkey. Services ask for the least they need.
 */
export const ASSURANCES = ['NONE', 'PASSWORD', 'RESTRICTED', 'STRONG', 'PHISHING_RESISTANT'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** Whether one assurance is as good as another, or better. */
export const isAtLeast = (assurance: Assurance, wanted: Assurance): boolean =>
  ASSURANCES.indexOf(assurance) >= ASSURANCES.indexOf(wanted);

const callerSchema = z.strictObject({
  kind: z.enum(['ANONYMOUS', 'CLIENT', 'STAFF', 'SERVICE']),
  accountId: z.uuid().nullable(),
  organizationId: z.uuid().nullable(),
  roles: z.array(z.enum(ROLES)).readonly(),
  sessionId: z.uuid().nullable(),
  secondFactor: z.boolean(),
  authenticatedAt: z.number().int().nullable(),
  emergencyUntil: z.number().int().nullable().default(null),
  requestId: z.string().min(1).max(100),
  operationName: z.string().max(200).nullable(),
  networkAddress: z.string().max(64).nullable(),
  policyVersion: z.string().max(64),
  globalPrivacyControl: z.boolean().default(false),
  trained: z.boolean().default(true),
  assurance: z.enum(ASSURANCES).default('NONE'),
  clientType: z.enum(['WEB', 'MOBILE']).nullable().default(null),
  sessionUntil: z.number().int().nullable().default(null),
  vendor: z.boolean().default(false),
  riskLevel: z.enum(['LOW', 'MEDIUM', 'HIGH']).default('LOW'),
  stepUp: z.strictObject({ operation: z.boolean(), until: z.number().int() }).nullable().default(null),
  deviceId: z.uuid().nullable().default(null),
  keyThumbprint: z.string().max(64).nullable().default(null),
  userAgent: z.string().max(512).nullable().default(null),
  country: z.string().max(2).nullable().default(null),
  dependants: z.array(z.uuid()).max(8).readonly().default([]),
  locations: z.array(z.uuid()).min(1).max(50).readonly().nullable().default(null),
});

/**
 * Who asks. `accountId` is the client's or the staff member's id; `authenticatedAt` is in seconds since
 * the epoch; `secondFactor` says whether this session was opened with one. `organizationId` comes from the
 * token, or for anonymous callers from the request. `globalPrivacyControl`: the person's browser says that their data
 * may not be sold or shared (W3C Global Privacy Control, `Sec-GPC: 1`). `emergencyUntil`, in seconds since the epoch: when
 * emergency access that this session was granted ends; the schema says what it opens, for queries alone.
 * `trained`: false for staff who still have to be, and may ask nothing else until then. `sessionUntil`, in seconds since the
 * epoch: when the session ends if nobody uses it. `vendor`: works for the business, but not in it. `riskLevel`: what identity
 * made of the session at its last refresh. `stepUp`: somebody proved again who they are, until when, and whether for this
 * very operation. `keyThumbprint`: whoever sends this holds the key of this thumbprint (RFC 9449), which the gateway has
 * checked for this very request. `userAgent` and `country` stand in mutations alone. `dependants`: the clients without an
 * account of their own for whom this client answers; what they may do for themselves, they may do for these. `locations`: the
 * places of the business that the roles of this member of staff are limited to; null: all of them.
 */
export type Caller = z.infer<typeof callerSchema>;

/** Reads a caller out of a passport. Throws when a property is missing, unknown or of the wrong form. */
export function parseCaller(json: string): Caller {
  return callerSchema.parse(JSON.parse(json));
}

/** Somebody who has not signed in, asking one organization. */
export function anonymousCaller(
  request: Pick<
    Caller,
    'organizationId' | 'requestId' | 'operationName' | 'networkAddress' | 'policyVersion'
  > &
    Partial<Pick<Caller, 'globalPrivacyControl' | 'userAgent' | 'country'>>,
): Caller {
  return {
    kind: 'ANONYMOUS',
    accountId: null,
    roles: [],
    sessionId: null,
    secondFactor: false,
    authenticatedAt: null,
    emergencyUntil: null,
    globalPrivacyControl: false,
    trained: true,
    assurance: 'NONE',
    clientType: null,
    sessionUntil: null,
    vendor: false,
    riskLevel: 'LOW',
    stepUp: null,
    deviceId: null,
    keyThumbprint: null,
    userAgent: null,
    country: null,
    dependants: [],
    locations: null,
    ...request,
  };
}

// What is as it mostly is stays out of the passport: it is signed, sent and read with every request.
const USUAL = Object.entries({
  emergencyUntil: null,
  globalPrivacyControl: false,
  trained: true,
  clientType: null,
  sessionUntil: null,
  vendor: false,
  riskLevel: 'LOW',
  stepUp: null,
  deviceId: null,
  keyThumbprint: null,
  userAgent: null,
  country: null,
  locations: null,
} satisfies Partial<Caller>);

/** Writes a caller so that `parseCaller` reads the same. */
export function writeCaller(caller: Caller): string {
  const written: Record<string, unknown> = { ...caller };
  for (const [name, usual] of USUAL) if (written[name] === usual) delete written[name];
  if (Array.isArray(written['dependants']) && written['dependants'].length === 0)
    delete written['dependants'];
  return JSON.stringify(written);
}

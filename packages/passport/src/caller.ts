import { z } from 'zod';

/** Every role a caller can have. A client has `CLIENT` alone; a staff member has one or more of the others. */
export const ROLES = ['CLIENT', 'PROVIDER', 'FRONT_DESK', 'BILLING', 'MANAGER', 'COMPLIANCE'] as const;
export type Role = (typeof ROLES)[number];

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
});

/**
 * Who asks. `accountId` is the client's or the staff member's id; `authenticatedAt` is in seconds since
 * the epoch; `secondFactor` says whether this session was opened with one. `organizationId` comes from the
 * token, or for anonymous callers from the request. `globalPrivacyControl`: the person's browser says that their data
 * may not be sold or shared (W3C Global Privacy Control, `Sec-GPC: 1`). `emergencyUntil`, in seconds since the epoch: when
 * emergency access that this session was granted ends; the schema says what it opens, for queries alone.
 * `trained`: false for staff who still have to be, and may ask nothing else until then.
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
    Partial<Pick<Caller, 'globalPrivacyControl'>>,
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
    ...request,
  };
}

import type { Caller } from '@kept/passport';
import { purposeSdl } from './purposes.ts';

/** Who a field can be for. Roles and states of a caller, then relations between a caller and a row. */
export const AUDIENCES = [
  'PUBLIC',
  'SIGNED_IN',
  'SELF',
  'ASSIGNED_PROVIDER',
  'CLIENT',
  'PROVIDER',
  'FRONT_DESK',
  'BILLING',
  'MANAGER',
  'COMPLIANCE',
  'EMERGENCY',
  'TRAINEE',
] as const;
export type Audience = (typeof AUDIENCES)[number];

/** Audiences that depend on the row; `x.policy.ts` says what they mean. */
export const RELATIONS = ['SELF', 'ASSIGNED_PROVIDER'] as const satisfies readonly Audience[];
export type Relation = (typeof RELATIONS)[number];

/** Where the directive is specified. It is found by this address, so that a renamed import cannot hide it. */
export const ACCESS_SPEC = 'https://kept.example/access/v1.0';

// ARGUMENT_DEFINITION and the input locations say who may send something; the others who may read it.
// No INTERFACE: a rule there would not bind the object behind it (GHSA-mx7m-j9xf-62hw).
/** The directive and its audiences, identical in every subgraph. `readSdl` of subgraph-kit puts it in front. */
export const accessSdl = `"Whom a part of the graph is for."
enum Audience {
${AUDIENCES.map((audience) => `  ${audience}`).join('\n')}
}

${purposeSdl}
"""
On a type: who may reach its rows. On a field: who may read it. On an argument or input: who may send it. With purposes
it is personal: it is given and taken for these alone. Fields inherit both from their type, each by itself.
"""
directive @access(allow: [Audience!]!, purposes: [Purpose!]) on FIELD_DEFINITION | OBJECT | INPUT_OBJECT | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
`;

/** Whether an audience depends on the row. */
export const isRelation = (audience: Audience): audience is Relation =>
  RELATIONS.some((relation) => relation === audience);

// A relation can only hold for somebody of whom this is known.
const NEEDED_BY: Readonly<Record<Relation, Audience>> = { SELF: 'SIGNED_IN', ASSIGNED_PROVIDER: 'PROVIDER' };

/** Whether a relation can hold at all for a caller of these audiences. */
export const canHold = (relation: Relation, audiences: readonly Audience[]) =>
  audiences.includes(NEEDED_BY[relation]);

/** Whether everybody in `narrow` is also in `wide`, whatever the row. */
export function isWithin(narrow: Audience, wide: Audience): boolean {
  if (narrow === wide || wide === 'PUBLIC') return true;
  if (wide === 'SIGNED_IN') return narrow !== 'PUBLIC';
  return isRelation(narrow) && NEEDED_BY[narrow] === wide;
}

// Emergency access is only ever added to what somebody on the staff has anyway.
const STAFF_ROLES: readonly Audience[] = [
  'PROVIDER',
  'FRONT_DESK',
  'BILLING',
  'MANAGER',
  'COMPLIANCE',
  'EMERGENCY',
];
// Who lets people in and who watches over it are people, whatever a token says.
const FOR_PEOPLE_ALONE: ReadonlySet<string> = new Set(['MANAGER', 'COMPLIANCE']);
// Staff who are not trained: what names them is all they may ask (TRN-01), whatever roles they will have.
const TRAINEE: readonly Audience[] = ['PUBLIC', 'SIGNED_IN', 'TRAINEE'];
// The few sets there are, made once: asked for with every request, and known again by what is remembered about them.
const ANONYMOUS: readonly Audience[] = ['PUBLIC'];
const CLIENT: readonly Audience[] = ['PUBLIC', 'SIGNED_IN', 'CLIENT'];
const STAFF = Array.from({ length: 2 ** STAFF_ROLES.length }, (_, mask): readonly Audience[] => [
  'PUBLIC',
  'SIGNED_IN',
  ...STAFF_ROLES.filter((_role, bit) => mask & (1 << bit)),
]);

/**
 * The audiences that a caller belongs to before any row is looked at, in a fixed order. A staff member's roles
 * count only in a session with a second factor that nobody on the way can read (a code by mail or text is none, ASVS 6.3.6),
 * and only once they are trained; roles that do not fit the kind of caller
 * are ignored.
 *
 * `readingAt` is the time of a query. Emergency access (45 CFR 164.312(a)(2)(ii)) counts only then and only until it
 * ends; leave it out for anything that changes something, and the caller is who they are without it.
 */
export function audiencesOf(
  caller: Pick<Caller, 'kind' | 'accountId' | 'roles' | 'secondFactor' | 'emergencyUntil'> & {
    readonly trained?: boolean;
    readonly assurance?: Caller['assurance'];
  },
  readingAt?: Date,
): readonly Audience[] {
  if (caller.accountId === null || caller.kind === 'ANONYMOUS') return ANONYMOUS;
  if (caller.kind === 'CLIENT') return CLIENT;
  const strong = caller.secondFactor && caller.assurance !== 'RESTRICTED' && caller.assurance !== 'PASSWORD';
  if (caller.kind === 'STAFF' && caller.trained === false) return strong ? TRAINEE : (STAFF[0] ?? ANONYMOUS);
  let mask = 0;
  // A program has a key and no second factor; it has its roles and nothing beyond: no emergency, nothing to step up to.
  if (strong || caller.kind === 'SERVICE') {
    for (const role of caller.roles) {
      if (role === 'CLIENT' || (caller.kind === 'SERVICE' && FOR_PEOPLE_ALONE.has(role))) continue;
      mask |= 1 << STAFF_ROLES.indexOf(role);
    }
    if (caller.kind === 'STAFF' && isEmergency(caller.emergencyUntil, readingAt))
      mask |= 1 << STAFF_ROLES.indexOf('EMERGENCY');
  }
  return STAFF[mask] ?? STAFF[0] ?? ANONYMOUS;
}

const isEmergency = (until: number | null, readingAt: Date | undefined) =>
  until !== null && readingAt !== undefined && readingAt.getTime() < until * 1_000;

/** Every set of audiences that a caller can have: anonymous, client, trainee, and staff with each combination of roles. */
export const everyAudienceSet = (): readonly (readonly Audience[])[] => [
  ANONYMOUS,
  CLIENT,
  TRAINEE,
  ...STAFF,
];

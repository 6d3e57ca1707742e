// What the tests of emergency access ask, and how they read answers. Used by tests only.

export const REASON = 'Patient unconscious, colleague on leave';
const ACCESS =
  'id staffMember { id } reason startedAt until endedAt reviewDueAt review { finding remark reviewer { id } }';
export const START = `mutation ($input: StartEmergencyAccessInput!) { startEmergencyAccess(input: $input) { __typename
  ... on EmergencyAccessStarted { accessToken expiresAt emergencyAccess { ${ACCESS} } }
  ... on EmergencyReviewOverdue { message dueAt } } }`;
export const REVIEW = `mutation ($input: ReviewEmergencyAccessInput!) { reviewEmergencyAccess(input: $input) { ${ACCESS} } }`;
export const END = `mutation ($id: ID!) { endEmergencyAccess(id: $id) { ${ACCESS} } }`;
export const LIST = `query ($first: Int, $after: ID, $open: Boolean) {
  emergencyAccesses(first: $first, after: $after, unreviewedOnly: $open) { accesses { ${ACCESS} } endCursor } }`;

export interface Access {
  readonly id: string;
  readonly until: string;
  readonly endedAt: string | null;
  readonly reason: string | null;
  readonly review: { finding: string; remark: string | null; reviewer: { id: string } } | null;
}
export interface Start {
  readonly __typename: string;
  readonly accessToken: string;
  readonly message?: string;
  readonly emergencyAccess: Access;
}

export const codes = ({ errors }: { errors: readonly { extensions?: { code?: string } }[] }) =>
  errors.map(({ extensions }) => extensions?.code);
export const claimsOf = (accessToken: string | undefined) =>
  JSON.parse(Buffer.from(accessToken?.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
export const constraintOf = async (statement: Promise<unknown>) =>
  statement.then(
    () => undefined,
    (error: { driverError?: { constraint?: string } }) => error.driverError?.constraint,
  );

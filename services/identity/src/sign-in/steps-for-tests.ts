// What a test asks of a sign-in, and what comes back. Used by tests only.
import type { GraphQLResponse } from '@kept/testing';

export interface ReceivedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly { filename: string; contentType: string; content: string }[];
}

/** A step of a sign-in as STEP asks for it. */
export interface Step {
  readonly __typename: string;
  readonly flow?: string;
  readonly factors?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number | null;
  readonly challenge?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly deviceToken?: string;
  readonly viewer?: { readonly id: string; readonly secondFactor: boolean };
}

export const STEP = `__typename
  ... on SessionIssued { accessToken refreshToken deviceToken expiresAt viewer { id kind roles secondFactor } }
  ... on ChallengeRequired { flow factors }
  ... on EnrollmentRequired { flow }
  ... on ProofOfWorkRequired { challenge }
  ... on PasswordChangeRequired { flow reason }
  ... on SignInRejected { code message retryAfterSeconds }`;

export const START = `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${STEP} } }`;
export const ANSWER = `mutation ($flow: ID!, $factor: FactorKind!, $code: String!) {
  challengeAnswer(flow: $flow, factor: $factor, code: $code) { ${STEP} } }`;

export interface StartGiven {
  readonly email: string;
  readonly password: string;
  readonly deviceToken?: string;
  readonly proofOfWork?: string;
  readonly unlockFlow?: string;
}

/** The one root field of an answer that must have one; without it, the test fails with what was answered instead. */
export function rootField<Field>({
  data,
  errors,
}: Pick<GraphQLResponse, 'data'> & Partial<GraphQLResponse>): Field {
  const [field] = Object.values(data ?? {});
  if (field === undefined || field === null)
    throw new Error(`The answer holds no data: ${JSON.stringify(errors ?? [])}`);
  return field as Field;
}

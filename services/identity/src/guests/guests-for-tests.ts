/** How a guest signs in, for tests: with the mail that really arrives. */
import { randomUUID } from 'node:crypto';
import type { Step, TestIdentity } from '../test-identity.ts';

export const START_GUEST = `mutation ($input: GuestStartInput!) { guestStart(input: $input) { flow } }`;
export const CONFIRM_GUEST = `mutation ($input: GuestConfirmInput!) { guestConfirm(input: $input) { __typename
  ... on SessionIssued { accessToken refreshToken deviceToken expiresAt viewer { id kind roles secondFactor } }
  ... on CodeRefused { message } } }`;

export const newAddress = (domain = 'example.org'): string => `guest-${randomUUID()}@${domain}`;

/** Starts a guest's flow and gives back its token. */
export async function startGuest(
  test: TestIdentity,
  { organizationId, ...person }: { organizationId: string; email: string; language?: string },
): Promise<string> {
  const step = await test.step(test.anonymous(organizationId), START_GUEST, {
    input: { displayName: 'Zoë أحمد 🌱', ...person },
  });
  return step.flow ?? '';
}

/** Starts the flow and shows the code of the newest mail. */
export async function signInAsGuest(
  test: TestIdentity,
  { organizationId, email }: { organizationId: string; email: string },
): Promise<Step> {
  const flow = await startGuest(test, { organizationId, email });
  const mail = (await test.mailsTo(email)).findLast(({ subject }) => subject.includes('code'));
  const code = /\b\d{8}\b/.exec(mail?.text ?? '')?.[0];
  const step = await test.step(test.anonymous(organizationId), CONFIRM_GUEST, { input: { flow, code } });
  if (step.__typename !== 'SessionIssued') throw new Error(`The guest was not signed in: ${step.__typename}`);
  return step;
}

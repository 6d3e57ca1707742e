// Somebody who has forgotten their password: a code out of a mail, and another one.
import { eventually } from '@kept/testing';
import { tell } from './graph.ts';
import { codeIn, mailsTo } from './mailbox.ts';
import type { Account } from './person.ts';
import type { Stack } from './stack.ts';

const mailsWithCode = async (stack: Stack, address: string) =>
  (await mailsTo(stack.mailboxUrl, address)).filter(({ subject }) => /choose another password/.test(subject));

/** Chooses another password with a mailed code; what became of it. */
export async function resetPassword(
  stack: Stack,
  { email, organizationId }: Account,
  newPassword: string,
): Promise<string> {
  const { length: before } = await mailsWithCode(stack, email);
  const { passwordResetStart } = await tell<{ passwordResetStart: { flow: string } }>(
    stack.graphUrl,
    'mutation ($email: String!) { passwordResetStart(email: $email) { flow } }',
    { organizationId, variables: { email } },
  );
  const mail = await eventually(async () => (await mailsWithCode(stack, email))[before], {
    withinMs: 30_000,
    everyMs: 100,
  });
  const { passwordResetConfirm } = await tell<{ passwordResetConfirm: { __typename: string } }>(
    stack.graphUrl,
    'mutation ($input: PasswordResetConfirmInput!) { passwordResetConfirm(input: $input) { __typename } }',
    {
      organizationId,
      variables: { input: { flow: passwordResetStart.flow, code: codeIn(mail), newPassword } },
    },
  );
  return passwordResetConfirm.__typename;
}

// How somebody comes to work here, as their app would do it: a link out of a mail, an authenticator, a training.
import { newKey, tell } from './graph.ts';
import { mailArrives, type Mail } from './mailbox.ts';
import type { Person } from './person.ts';
import { RIGHT_ANSWERS } from './right-answers.ts';
import type { Stack } from './stack.ts';

/** The token behind # of the link to a page. */
export function tokenIn({ text }: Pick<Mail, 'text'>, page: string): string {
  const token = new RegExp(String.raw`http\S+/${page}#([\w.-]+)`).exec(text)?.[1];
  if (token === undefined) throw new Error(`The mail has no link to /${page}.`);
  return token;
}

/** The same, out of the newest mail about something. */
export async function tokenInMail(
  stack: Stack,
  { to, about, page }: { to: string; about: RegExp; page: string },
): Promise<string> {
  return tokenIn(await mailArrives(stack.mailboxUrl, to, about), page);
}

export interface Accepted {
  readonly __typename: string;
  readonly staffMemberId?: string;
  readonly message?: string;
}

export async function acceptInvitation(
  stack: Stack,
  {
    organizationId,
    ...input
  }: { organizationId: string; token: string; displayName: string; password: string },
): Promise<Accepted> {
  const { acceptInvitation: accepted } = await tell<{ acceptInvitation: Accepted }>(
    stack.graphUrl,
    `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename
       ... on InvitationAccepted { staffMemberId } ... on InvitationRefused { message } } }`,
    { organizationId, variables: { input } },
  );
  return accepted;
}

interface Question {
  readonly id: string;
  readonly choices: readonly { readonly id: string; readonly text: string }[];
}

/** One go at the onboarding: by somebody who has read the lessons, or by somebody who has not. */
export async function takeTraining(person: Person, { read }: { read: boolean }): Promise<object> {
  const { startTraining } = await person.tell<{
    startTraining: { attempt: string; questions: readonly Question[] };
  }>(
    `mutation ($input: StartTrainingInput!) { startTraining(input: $input) {
       ... on TrainingStarted { attempt lessons { title text } questions { id text choices { id text } } } } }`,
    { input: { module: 'onboarding', idempotencyKey: newKey() } },
  );
  const answers = startTraining.questions.map(({ id, choices }) => ({
    question: id,
    choice: choices.find(({ text }) => RIGHT_ANSWERS.some((right) => text.startsWith(right)) === read)?.id,
  }));
  const { answerTraining } = await person.tell<{ answerTraining: object }>(
    `mutation ($input: AnswerTrainingInput!) { answerTraining(input: $input) { __typename
       ... on TrainingPassed { rightAnswers questions validUntil }
       ... on TrainingNotPassed { rightAnswers rightAnswersNeeded explanations { question message } } } }`,
    { input: { attempt: startTraining.attempt, answers } },
  );
  return answerTraining;
}

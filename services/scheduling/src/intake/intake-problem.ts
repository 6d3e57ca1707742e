import type { IntakeProblemCode } from '../schema-types.ts';

/** What is wrong with one question or answer. The sentence never repeats what was written. */
export interface IntakeProblem {
  readonly key: string;
  readonly code: IntakeProblemCode;
  readonly message: string;
}

export interface IntakeRefused {
  __typename: 'IntakeRefused';
  message: string;
  problems: IntakeProblem[];
}

export const intakeRefused = (message: string, problems: IntakeProblem[]): IntakeRefused => ({
  __typename: 'IntakeRefused',
  message,
  problems,
});

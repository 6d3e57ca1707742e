import type { ResolversTypes } from '../schema-types.ts';
import { presentWork } from '../lockout/present-work.ts';
import type { SignInStep } from './sign-in-step.ts';

/** A step after which nothing is asked for any more. */
export function presentEnd(step: SignInStep) {
  switch (step.step) {
    case 'SESSION_ISSUED':
      return { __typename: 'SessionIssued' as const, ...step.session };
    case 'PASSWORD_CHANGE_REQUIRED': {
      const { flow, reason, message } = step;
      return { __typename: 'PasswordChangeRequired' as const, flow, reason, message };
    }
    case 'REJECTED': {
      const { code, message, retryAfterSeconds } = step;
      return { __typename: 'SignInRejected' as const, code, message, retryAfterSeconds };
    }
    default:
      throw new Error(`Invariant broken: ${step.step} is no end of a sign-in`);
  }
}

/** A step in the words of the schema. */
export function presentStep(step: SignInStep): ResolversTypes['SignInStep'] {
  switch (step.step) {
    case 'CHALLENGE_REQUIRED':
      return { __typename: 'ChallengeRequired', flow: step.flow, factors: [...step.factors] };
    case 'ENROLLMENT_REQUIRED':
      return { __typename: 'EnrollmentRequired', flow: step.flow };
    case 'PROOF_OF_WORK_REQUIRED':
      return presentWork(step);
    default:
      return presentEnd(step);
  }
}

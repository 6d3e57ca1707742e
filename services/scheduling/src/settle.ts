import { IdempotencyConflict, OutcomeUnknown } from '@kept/database';
import { Fault } from '@kept/subgraph-kit';

/** Ends a transaction without a trace and answers with an expected outcome: a member of the mutation's union. */
export class NotDone<Outcome extends { __typename: string }> extends Error {
  override readonly name = 'NotDone';
  constructor(readonly outcome: Outcome) {
    super(outcome.__typename);
  }
}

export interface ConflictOutcome {
  __typename: 'IdempotencyConflict';
  message: string;
}

/** Runs a use case and turns what it throws on purpose into what the schema says. */
export async function settle<Done, Expected extends { __typename: string }>(
  work: (notDone: (outcome: Expected) => NotDone<Expected>) => Promise<Done>,
): Promise<Done | Expected | ConflictOutcome> {
  try {
    return await work((outcome) => new NotDone(outcome));
  } catch (error) {
    // Only this call's own `notDone` makes these, so the outcome is of the expected type.
    if (error instanceof NotDone) return error.outcome as Expected;
    if (error instanceof IdempotencyConflict) {
      return {
        __typename: 'IdempotencyConflict',
        message: 'This request was sent before with other contents. Please start again.',
      };
    }
    if (error instanceof OutcomeUnknown) {
      throw new Fault('OUTCOME_UNKNOWN', 'We do not know yet whether this was saved. Please try once more.', {
        cause: error,
      });
    }
    throw error;
  }
}

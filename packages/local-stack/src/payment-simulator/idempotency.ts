import { createHash } from 'node:crypto';

import { ApiError } from './api-error.ts';
import type { SimulatorState } from './simulator-state.ts';

export interface Answer {
  status: number;
  body: unknown;
  replayed?: true;
}

export interface IdempotentRequest {
  key: string;
  method: string;
  path: string;
  form: string;
}

export interface IdempotencyKeys {
  /** Runs the work once per key: replays its answer, refuses other content, and says so while the first still runs. */
  once(request: IdempotentRequest, work: () => Promise<Answer>): Promise<Answer>;
}

export function openIdempotencyKeys(state: SimulatorState): IdempotencyKeys {
  const running = new Set<string>();
  return {
    async once({ key, method, path, form }, work) {
      const fingerprint = createHash('sha256').update(`${method} ${path}\n${form}`).digest('hex');
      if (running.has(key)) {
        throw new ApiError('There is currently another in-progress request using this Idempotency-Key.', {
          status: 409,
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
        });
      }
      const saved = state.tables.answers[key];
      if (saved !== undefined && saved.fingerprint !== fingerprint) {
        throw new ApiError(
          'Keys for idempotent requests can only be used with the same parameters they were first used with.',
          { type: 'idempotency_error' },
        );
      }
      if (saved !== undefined) return { status: saved.status, body: saved.body, replayed: true };
      running.add(key);
      try {
        const answer = await work();
        // A copy: later changes of the object must not show in a replay.
        state.tables.answers[key] = { fingerprint, ...structuredClone(answer), savedAt: state.now() };
        return answer;
      } finally {
        running.delete(key);
      }
    },
  };
}

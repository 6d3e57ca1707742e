import { openRequestSecrets, type RequestSecrets } from './request-secrets.ts';

/** What requests without an account work with. */
export interface Requests {
  readonly secrets: RequestSecrets;
  /** Key derivations that a challenge takes while few ask. */
  readonly workAtRest: number;
}

export const openRequests = (given: { rootKey: Buffer; workAtRest: number }): Requests => ({
  secrets: openRequestSecrets(given.rootKey),
  workAtRest: given.workAtRest,
});

/** The keys of challenges, as altcha wants them: texts that only the service knows. */
export interface WorkKeys {
  /** Signs challenges. */
  readonly challengeKey: string;
  /** Signs the answer within a challenge, so that checking it costs us one HMAC and no work. */
  readonly answerKey: string;
}

/** What the work is done for: it is good for exactly this and nothing else. References and words, never personal text. */
export type Bound = Readonly<Record<string, string>>;

/** Iterations of PBKDF2 in each derivation. */
export const DERIVATION_COST = 1_000;
export const ALGORITHM = 'PBKDF2/SHA-256';
/** How long a challenge can be answered, in minutes: also what bounds how many can be answered in store. */
export const CHALLENGE_MINUTES = 10;

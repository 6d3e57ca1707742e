export { checkProof, type ProofVerdict } from './check-proof.ts';
export { issueChallenge, type IssuedChallenge } from './issue-challenge.ts';
export { CHALLENGE_MINUTES, type Bound, type WorkKeys } from './work-keys.ts';
export { solve } from './solve.ts';

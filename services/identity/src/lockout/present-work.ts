import type { IssuedChallenge } from '@kept/proof-of-work';

const WORK_MESSAGE = 'Your app has to show that it is no machine that guesses. This takes it a moment.';

/** Work that an app has to do, in the words of the schema. */
export const presentWork = ({ challenge, expiresAt }: IssuedChallenge) => ({
  __typename: 'ProofOfWorkRequired' as const,
  challenge,
  expiresAt,
  message: WORK_MESSAGE,
});

import type { Resolvers } from '../schema-types.ts';
import { attestationEnd } from './attestation.ts';
import { SAQ_A } from './saq-a.ts';

export const controlResolvers: Resolvers = {
  Query: {
    controls: (_root, _arguments, { payments: { attestationUntil } }) =>
      SAQ_A.map(({ isAttested, ...item }) => ({
        ...item,
        tests: [...item.tests],
        validUntil:
          isAttested === true && attestationUntil !== null ? attestationEnd(attestationUntil) : null,
      })),
  },
};

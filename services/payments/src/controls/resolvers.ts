import type { Resolvers } from '../schema-types.ts';
import { SAQ_A } from './saq-a.ts';

export const controlResolvers: Resolvers = {
  Query: {
    controls: () => SAQ_A.map((item) => ({ ...item, tests: [...item.tests] })),
  },
};

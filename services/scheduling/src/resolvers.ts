import { availabilityResolvers } from './availability/resolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';
import { passResolvers } from './passes/resolvers.ts';
import { providerResolvers } from './providers/resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { seriesResolvers } from './series/resolvers.ts';
import { serviceResolvers } from './services/resolvers.ts';

const parts = [
  serviceResolvers,
  providerResolvers,
  availabilityResolvers,
  bookingResolvers,
  passResolvers,
  seriesResolvers,
];

/** Every resolver of this subgraph; each part of the business brings its own. */
export const resolvers: Resolvers = {
  ...Object.assign({}, ...parts),
  Query: Object.assign({}, ...parts.map((part) => part.Query)),
  Mutation: Object.assign({}, ...parts.map((part) => part.Mutation)),
};

import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { isolateActor, isolatedActors, releaseActor } from './isolate-actor.ts';

// The schema's own default; the generated types do not know of it.
const A_DAY = 1_440;

export const controlResolvers = {
  Query: {
    isolatedActors: (_parent, _arguments, { identity, caller }) =>
      isolatedActors(identity, organizationOf(caller)),
  },
  Mutation: {
    isolateActor: (_parent, { input: { accountId, reason, minutes } }, context) =>
      isolateActor(context.identity, context, { accountId, reason, minutes: minutes ?? A_DAY }),
    releaseActor: (_parent, { accountId }, context) => releaseActor(context.identity, context, accountId),
  },
  ActorIsolation: {
    accountId: ({ target }) => target,
    byOperator: ({ byKind }) => byKind === 'OPERATOR',
  },
} satisfies Resolvers;

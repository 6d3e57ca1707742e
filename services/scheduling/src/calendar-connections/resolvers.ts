import { may } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { connectCalendar } from './connect-calendar.ts';
import { readConnections, statusOf } from './connection.ts';
import { disconnectCalendar } from './disconnect-calendar.ts';

export const calendarConnectionResolvers: Resolvers = {
  Query: {
    calendarConnections(_parent, input, context) {
      const { accountId } = context.caller;
      const providerId = input.providerId == null ? accountId : readId(input.providerId, 'providerId');
      if (providerId === null) throw refused.unauthenticated();
      if (!may(context.ability, 'see', 'CalendarConnection', { providerId }))
        throw refused.notFound('provider');
      return inOrganization(context, (tx) => readConnections(tx, { providerId }));
    },
  },
  Mutation: {
    connectCalendar: (_parent, { input }, context) => connectCalendar(context, input),
    disconnectCalendar: (_parent, { input }, context) => disconnectCalendar(context, input),
  },
  CalendarConnection: {
    status: (connection, _arguments, { clock }) => statusOf(connection, clock()),
    async provider({ providerId }, _arguments, { loaders }) {
      const provider = await loaders.provider(providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
  },
};

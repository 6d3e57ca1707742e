import { mayRead } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { bookSeries } from './book-series.ts';
import { cancelSeries } from './cancel-series.ts';
import { sentenceOf } from './planned-occurrence.ts';
import { previewSeries } from './preview-series.ts';
import { rescheduleSeries } from './reschedule-series.ts';
import { findSeries, occurrencesOf } from './series.ts';

export const seriesResolvers: Resolvers = {
  Query: {
    previewSeries: (_parent, { input }, context) => previewSeries(context, input),
    bookingSeries: async (_parent, { id }, context) => {
      const series = await inOrganization(context, (tx) => findSeries(tx, readId(id, 'id')));
      if (series === null || !mayRead(context.ability, 'BookingSeries', series))
        throw refused.notFound('series');
      return series;
    },
  },
  Mutation: {
    bookSeries: (_parent, { input }, context) => bookSeries(context, input),
    rescheduleSeries: (_parent, { input }, context) => rescheduleSeries(context, input),
    cancelSeries: (_parent, { input }, context) => cancelSeries(context, input),
  },
  Booking: {
    series: async (booking, _arguments, { loaders, ability }) => {
      const series = booking.origin === 'SERIES' ? await loaders.seriesOf(booking.id) : undefined;
      // Whoever was given one of its appointments is not booked for the series.
      return series && mayRead(ability, 'BookingSeries', series) ? series : null;
    },
  },
  BookingSeries: {
    service: async (series, _arguments, { loaders }) => {
      const service = await loaders.service(series.serviceId);
      invariant(service, 'services are never deleted');
      return service;
    },
    provider: async (series, _arguments, { loaders }) => {
      const provider = await loaders.provider(series.providerId);
      invariant(provider, 'providers are never deleted');
      return provider;
    },
    client: (series) => ({ __typename: 'Client', id: series.clientId }),
    occurrences: (series, _arguments, context) =>
      inOrganization(context, (tx) => occurrencesOf(tx, series.id)),
  },
  SeriesOccurrence: {
    booking: async ({ bookingId }, _arguments, { loaders }) =>
      bookingId === null ? null : ((await loaders.booking(bookingId)) ?? null),
    message: ({ reason }) => sentenceOf(reason),
  },
};

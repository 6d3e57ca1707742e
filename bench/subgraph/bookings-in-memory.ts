// Scheduling's real schema with its real audiences over rows in memory, so that what is measured is the server around it.
import { join } from 'node:path';
import { readSdl } from '@kept/subgraph-kit';

const CLIENT = '11111111-1111-4111-8111-111111111111';
const PAGE = 20;

const bookingOf = (id: string) => ({
  __typename: 'Booking',
  id,
  status: 'CONFIRMED',
  version: 3,
  startsAt: new Date('2030-01-01T10:00:00Z'),
  endsAt: new Date('2030-01-01T10:50:00Z'),
  timeZone: 'Europe/Berlin',
  createdAt: new Date('2029-12-01T08:00:00Z'),
  notes: 'A text of usual length, as clients write it.',
  clientId: CLIENT,
  providerId: '22222222-2222-4222-8222-222222222222',
  client: { __typename: 'Client', id: CLIENT, clientId: CLIENT },
  provider: { __typename: 'Provider', id: '22222222-2222-4222-8222-222222222222' },
  service: { __typename: 'Service', id: 's', name: 'Massage', durationMinutes: 50 },
});

export const typeDefs = readSdl(join(import.meta.dirname, '../../services/scheduling/src'));

export const resolvers = {
  Query: {
    bookings: () => ({
      nodes: Array.from({ length: PAGE }, (_, index) => bookingOf(`booking-${index}`)),
      pageInfo: { hasNextPage: false, endCursor: null },
    }),
  },
  Booking: { __resolveReference: ({ id }: { id: string }) => bookingOf(id) },
};

/** The caller of the measured requests. */
export const client = { kind: 'CLIENT', accountId: CLIENT, roles: ['CLIENT'] } as const;

export const OPERATIONS = {
  entities: {
    query: `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Booking {
      id status version startsAt endsAt timeZone notes client { id } provider { id } } } }`,
    variables: (seed: string) => ({
      representations: Array.from({ length: 25 }, (_, index) => ({
        __typename: 'Booking',
        id: `${seed}-${index}`,
      })),
    }),
  },
  list: {
    query: `query ($first: Int) { bookings(first: $first) { nodes {
      id status version startsAt endsAt timeZone createdAt notes service { name durationMinutes } client { id } provider { id }
    } pageInfo { hasNextPage endCursor } } }`,
    variables: () => ({ first: PAGE }),
  },
} as const;

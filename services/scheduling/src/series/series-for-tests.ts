/** The operations on series that tests use. */
import type { Caller } from '@kept/passport';
import { mutate } from '../operations-for-tests.ts';
import type { TestBusiness, TestGraph } from '../scheduling-for-tests.ts';

export const OCCURRENCES = `occurrences { position plannedAt reason message booking { id status version startsAt } }`;
const PLANNED = `message occurrences { position startsAt available reason }`;
export const BOOK = `mutation ($input: BookSeriesInput!) { bookSeries(input: $input) { __typename
  ... on SeriesBooked { bookedCount series { id version timeZone rule ${OCCURRENCES} } }
  ... on SeriesNotBooked { ${PLANNED} } ... on SeriesNeedsPayment { message depositDue { amountMinor } }
  ... on PassRefused { code } ... on IdempotencyConflict { message } } }`;
export const MOVE = `mutation ($input: RescheduleSeriesInput!) { rescheduleSeries(input: $input) { __typename
  ... on SeriesRescheduled { movedCount series { version ${OCCURRENCES} } }
  ... on SeriesNotMoved { ${PLANNED} } ... on PolicyViolation { code } ... on VersionConflict { currentVersion } } }`;
export const CANCEL = `mutation ($input: CancelSeriesInput!) { cancelSeries(input: $input) { __typename
  ... on SeriesCancelled { cancelledCount series { version ${OCCURRENCES} } }
  ... on PolicyViolation { code } ... on VersionConflict { currentVersion } } }`;
export const PREVIEW = `query ($input: PreviewSeriesInput!) { previewSeries(input: $input) {
  timeZone occurrences { position startsAt available reason } } }`;

export interface Booked {
  __typename: 'SeriesBooked';
  bookedCount: number;
  series: {
    id: string;
    version: number;
    occurrences: {
      position: number;
      plannedAt: string;
      reason: string | null;
      booking: { id: string; status: string; version: number; startsAt: string } | null;
    }[];
  };
}

/** A time that repeats weekly, with the business's only provider. */
export const weekly = (
  { serviceId, providerId }: TestBusiness,
  count: number,
  startsAt = '2027-03-08T10:00:00.000Z',
) => ({ serviceId, providerId, startsAt, rule: `FREQ=WEEKLY;COUNT=${count}` });

/** Books a series, all of it or nothing unless the input says otherwise. */
export const bookSeries = async (
  test: TestGraph,
  caller: Caller,
  input: Record<string, unknown>,
): Promise<Booked> =>
  (await mutate(test, caller, { query: BOOK, input: { mode: 'ALL_OR_NOTHING', ...input } })) as never;

/** A series as it stands now. */
export async function readSeries(test: TestGraph, caller: Caller, id: string): Promise<Booked['series']> {
  const query = `query ($id: ID!) { bookingSeries(id: $id) { id version ${OCCURRENCES} } }`;
  const { data, errors } = await test.ask(caller, query, { id });
  if (data?.['bookingSeries'] == null) throw new Error(String(errors[0]?.extensions?.code));
  return data['bookingSeries'] as Booked['series'];
}

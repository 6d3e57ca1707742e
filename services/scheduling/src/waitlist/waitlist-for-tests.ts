/** The operations on the waitlist that tests use. */
import type { Caller } from '@kept/passport';
import { mutate, type Answer } from '../operations-for-tests.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';
import { offerFreeTimes } from './offer-free-times.ts';
import { wakeWaitlist } from './offer-free-times.job.ts';

const ENTRY = `id status version place seats earliest latest timeZone windows { from to }
  offer { id answerBy provider { id } hold { id startsAt quote depositDue { amountMinor } } }`;
export const JOIN = `mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { __typename
  ... on WaitlistJoined { entry { ${ENTRY} } } ... on LimitReached { limit } } }`;
export const LEAVE = `mutation ($input: LeaveWaitlistInput!) { leaveWaitlist(input: $input) { __typename
  ... on WaitlistLeft { entry { ${ENTRY} } } ... on PolicyViolation { code } ... on VersionConflict { currentVersion } } }`;
export const ACCEPT = `mutation ($input: AnswerOfferInput!) { acceptOffer(input: $input) { __typename
  ... on OfferAccepted { booking { id status startsAt version } } ... on HoldExpired { message }
  ... on PaymentRequired { depositDue { amountMinor } } } }`;
export const DECLINE = `mutation ($input: AnswerOfferInput!) { declineOffer(input: $input) { __typename
  ... on OfferDeclined { entry { ${ENTRY} } } ... on HoldExpired { message } } }`;
const LIST = `query ($serviceId: ID, $clientId: ID) { waitlist(serviceId: $serviceId, clientId: $clientId) { ${ENTRY} client { id } } }`;

export interface ShownEntry {
  id: string;
  status: string;
  version: number;
  place: number | null;
  client: { id: string };
  offer: {
    id: string;
    answerBy: string;
    hold: { id: string; startsAt: string; quote: string | null };
  } | null;
}

/** A week of the tests' calendar, whole days. */
export const WEEK = [{ from: '2027-02-01', to: '2027-02-07' }];

/** Waits for the business's only service, in the week of the tests unless `more` says otherwise. */
export function join(
  test: TestScheduling,
  caller: Caller,
  wish: { business: TestBusiness; [field: string]: unknown },
): Promise<Answer> {
  const { business, ...more } = wish;
  return mutate(test, caller, {
    query: JOIN,
    input: { serviceId: business.serviceId, windows: WEEK, ...more },
  });
}

/** The entries that a caller sees, in the order of turns. */
export async function entriesOf(
  test: TestScheduling,
  caller: Caller,
  of: { serviceId?: string; clientId?: string } = {},
): Promise<ShownEntry[]> {
  const { data, errors } = await test.ask(caller, LIST, { ...of });
  if (data?.['waitlist'] == null) throw new Error(JSON.stringify(errors));
  return data['waitlist'] as ShownEntry[];
}

/** What the job does when it is woken: holds that ran out are given back, and what is free is offered. */
export const wake = (test: TestScheduling, { organizationId }: TestBusiness): Promise<void> =>
  wakeWaitlist(test.scheduling, { organizationId, around: null });

/** One look at what is free, as one worker among several. */
export const look = (test: TestScheduling, { organizationId }: TestBusiness): Promise<number> =>
  test.database.transaction(organizationId, (tx) =>
    offerFreeTimes(tx, test.scheduling, { now: test.clock(), around: null }),
  );

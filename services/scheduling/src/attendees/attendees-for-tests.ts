/** How clients and staff say who comes, for tests. */
import type { Caller } from '@kept/passport';
import { CONFIRM, hold, mutate, type Answer } from '../operations-for-tests.ts';
import type { TestBusiness, TestGraph } from '../scheduling-for-tests.ts';

export const ADD_DEPENDENT = `mutation ($input: AddDependentInput!) { addDependent(input: $input) { __typename
  ... on DependentAdded { dependent { id name relation birthYear } } ... on LimitReached { limit message }
  ... on IdempotencyConflict { message } } }`;
export const REMOVE_DEPENDENT = `mutation ($input: RemoveDependentInput!) { removeDependent(input: $input) { __typename
  ... on DependentRemoved { removed } ... on IdempotencyConflict { message } } }`;
export const SET_ATTENDEES = `mutation ($input: SetAttendeesInput!) { setAttendees(input: $input) { __typename
  ... on AttendeesSet { booking { id attendees { position name phone relation } } } ... on PolicyViolation { code message }
  ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message } } }`;

export interface Named {
  name?: string;
  phone?: string;
  dependentId?: string;
}

/** Lists a child and gives back its id. */
export async function listChild(test: TestGraph, client: Caller, name: string): Promise<string> {
  const added = await mutate(test, client, { query: ADD_DEPENDENT, input: { name, relation: 'CHILD' } });
  return (added['dependent'] as { id: string } | undefined)?.id ?? added.__typename;
}

/** Holds a slot, says who comes and confirms: what became of the booking. */
export async function bookFor(
  test: TestGraph,
  { client, by, business }: { client: Caller; by?: Caller; business: TestBusiness },
  { startsAt, attendees }: { startsAt: string; attendees: readonly Named[] },
): Promise<string> {
  const caller = by ?? client;
  const held = await hold(test, caller, { ...business, startsAt, ...(by && { clientId: client.accountId }) });
  const input = { bookingId: held['bookingId'], expectedVersion: 1, attendees };
  const set: Answer = await mutate(test, caller, { query: SET_ATTENDEES, input });
  if (set.__typename !== 'AttendeesSet') return set.__typename;
  const confirmed = await mutate(test, caller, { query: CONFIRM, input: { holdId: held['id'] } });
  return (confirmed['booking'] as { status: string } | undefined)?.status ?? confirmed.__typename;
}

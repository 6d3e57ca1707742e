/** How somebody asks for a slot without saying who they are, and claims it, for tests. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { mutate, type Answer } from '../operations-for-tests.ts';
import type { TestBusiness, TestGraph } from '../scheduling-for-tests.ts';
import { solve } from './proofs-for-tests.ts';

export const CHALLENGE = '{ bookingChallenge { challenge expiresAt } }';
export const REQUEST = `mutation ($input: RequestSlotInput!) { requestSlot(input: $input) { __typename
  ... on SlotRequested { holdId claimToken startsAt endsAt expiresAt depositDue { amountMinor currency } }
  ... on ProofRefused { reason message } ... on SlotUnavailable { message } ... on PolicyViolation { code message }
  ... on LimitReached { limit message } ... on IdempotencyConflict { message } } }`;
export const CLAIM = `mutation ($input: ClaimSlotInput!) { claimSlot(input: $input) { __typename
  ... on SlotHold { id bookingId startsAt endsAt expiresAt quote depositDue { amountMinor currency } }
  ... on HoldExpired { message } ... on LimitReached { limit message } ... on IdempotencyConflict { message } } }`;

/** Asks for a challenge and does its work. */
export async function earnProof(test: TestGraph, caller: Caller): Promise<string> {
  const { data } = await test.ask(caller, CHALLENGE);
  const issued = data?.['bookingChallenge'] as { challenge: string } | null | undefined;
  return solve(issued?.challenge ?? '');
}

/** Asks for a slot of the business's service; does the work first unless a proof is given. */
export async function request(
  test: TestGraph,
  caller: Caller,
  slot: Pick<TestBusiness, 'serviceId' | 'providerId'> & { startsAt: string; [field: string]: unknown },
): Promise<Answer> {
  const { serviceId, providerId, startsAt, ...more } = slot;
  const given = Object.fromEntries(
    ['proof', 'timeZone', 'idempotencyKey'].flatMap((name) => (name in more ? [[name, more[name]]] : [])),
  );
  const proof = given['proof'] ?? (await earnProof(test, caller));
  return mutate(test, caller, {
    query: REQUEST,
    input: { serviceId, providerId, startsAt, ...given, proof },
  });
}

export const claim = (test: TestGraph, caller: Caller, requested: Answer): Promise<Answer> =>
  mutate(test, caller, {
    query: CLAIM,
    input: {
      holdId: requested['holdId'],
      claimToken: requested['claimToken'],
      idempotencyKey: randomUUID(),
    },
  });

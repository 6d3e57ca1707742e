// The shortest way to a paid booking, for stories that are about something else.
import { bookingOperations as operations } from './booking-operations.ts';
import { newKey, tell } from './graph.ts';
import type { Person } from './person.ts';
import { CONSULTATION, PROVIDER, type Stack } from './stack.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Hold {
  readonly __typename: string;
  readonly id: string;
  readonly bookingId: string;
  readonly quote: string;
}

/** The provider's free times between so many days from now. */
export async function freeTimes(stack: Stack, fromDays: number, toDays: number): Promise<string[]> {
  const at = (days: number) => new Date(stack.clock.now().getTime() + days * DAY_MS).toISOString();
  const input = {
    serviceId: CONSULTATION,
    providerId: PROVIDER,
    from: at(fromDays),
    to: at(toDays),
    timeZone: 'Europe/London',
  };
  const { availability } = await tell<{ availability: { slots: { startsAt: string }[] } }>(
    stack.graphUrl,
    operations.availability,
    { organizationId: '11111111-1111-4111-8111-111111111111', variables: { input } },
  );
  return availability.slots.map(({ startsAt }) => startsAt);
}

export async function holdSlot(person: Person, startsAt: string): Promise<Hold> {
  const input = { serviceId: CONSULTATION, providerId: PROVIDER, startsAt, idempotencyKey: newKey() };
  return (await person.tell<{ createSlotHold: Hold }>(operations.hold, { input })).createSlotHold;
}

export async function addCard(stack: Stack, person: Person, testCard = 'tok_visa'): Promise<string> {
  const token = await stack.cardToken(testCard);
  const { addPaymentMethod } = await person.tell<{ addPaymentMethod: { paymentMethod: { id: string } } }>(
    operations.addPaymentMethod,
    { input: { token, idempotencyKey: newKey() } },
  );
  return addPaymentMethod.paymentMethod.id;
}

export async function authorize(
  person: Person,
  hold: Hold,
  paymentMethodId: string,
  idempotencyKey = newKey(),
) {
  const { authorizeDeposit } = await person.tell<{ authorizeDeposit: { __typename: string } }>(
    operations.authorize,
    { input: { quote: hold.quote, paymentMethodId, idempotencyKey } },
  );
  return authorizeDeposit.__typename;
}

export async function statusOf(person: Person, bookingId: string): Promise<string | undefined> {
  const { data } = await person.ask<{ booking: { status: string } | null }>(operations.booking, {
    variables: { id: bookingId },
  });
  return data?.booking?.status;
}

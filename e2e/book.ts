// The shortest way to a paid booking, for stories that are about something else.
import { bookingOperations as operations } from './booking-operations.ts';
import { newKey, tell } from './graph.ts';
import type { Person } from './person.ts';
import { CONSULTATION, FOLLOW_UP, PROVIDER, RIVERSIDE, type Stack } from './stack.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface BookingView {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly startsAt: string;
  readonly notes?: string | null;
  readonly client?: { readonly displayName: string | null; readonly email?: string | null } | null;
  readonly payments?:
    readonly { readonly status: string; readonly refunded: { readonly amountMinor: number } }[] | null;
  readonly paymentState?: string | null;
}

/** A booking as somebody sees it, and what they were refused. */
export async function seenBy(person: Person, bookingId: string, fields: string) {
  const answer = await person.ask<{ booking: BookingView | null }>(
    `query ($id: ID!) { booking(id: $id) { id ${fields} } }`,
    { variables: { id: bookingId } },
  );
  return { booking: answer.data?.booking ?? null, errors: answer.errors };
}

export interface Hold {
  readonly __typename: string;
  readonly id: string;
  readonly bookingId: string;
  readonly quote: string;
  readonly depositDue: { readonly amountMinor: number };
}

export interface Slot {
  readonly startsAt: string;
  readonly localStart: string;
  readonly providerLocalStart: string;
}

/** The provider's free slots between so many days from now, in the booker's zone and the provider's. */
export async function freeSlots(
  stack: Stack,
  { days, serviceId = CONSULTATION }: { days: readonly [from: number, to: number]; serviceId?: string },
): Promise<Slot[]> {
  const [from, to] = days.map((day) => new Date(stack.clock.now().getTime() + day * DAY_MS).toISOString());
  const input = { serviceId, providerId: PROVIDER, from, to, timeZone: 'Asia/Kathmandu' };
  const { availability } = await tell<{ availability: { slots: Slot[] } }>(
    stack.graphUrl,
    operations.availability,
    { organizationId: RIVERSIDE, variables: { input } },
  );
  return availability.slots;
}

export const freeTimes = async (stack: Stack, from: number, to: number): Promise<string[]> =>
  (await freeSlots(stack, { days: [from, to] })).map(({ startsAt }) => startsAt);

export async function holdSlot(person: Person, startsAt: string, notes?: string): Promise<Hold> {
  const input = { serviceId: CONSULTATION, providerId: PROVIDER, startsAt, notes, idempotencyKey: newKey() };
  return (await person.tell<{ createSlotHold: Hold }>(operations.hold, { input })).createSlotHold;
}

/** A follow-up needs no deposit: held, confirmed, and its id. */
export async function bookFollowUp(person: Person, startsAt: string, notes: string): Promise<string> {
  const input = {
    serviceId: FOLLOW_UP,
    providerId: PROVIDER,
    startsAt,
    notes,
    idempotencyKey: newKey(),
  };
  const { createSlotHold } = await person.tell<{ createSlotHold: Hold }>(operations.hold, { input });
  const { confirmBooking } = await person.tell<{ confirmBooking: { __typename: string } }>(
    operations.confirm,
    { input: { holdId: createSlotHold.id, idempotencyKey: newKey() } },
  );
  expect(confirmBooking.__typename).toBe('BookingConfirmed');
  return createSlotHold.bookingId;
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
  {
    hold,
    paymentMethodId,
    idempotencyKey = newKey(),
  }: { hold: Pick<Hold, 'quote'>; paymentMethodId: string; idempotencyKey?: string },
) {
  const { authorizeDeposit } = await person.tell<{ authorizeDeposit: { __typename: string } }>(
    operations.authorize,
    { input: { quote: hold.quote, paymentMethodId, idempotencyKey } },
  );
  return authorizeDeposit.__typename;
}

export async function reschedule(
  person: Person,
  bookingId: string,
  to: { startsAt: string; version: number },
) {
  const { rescheduleBooking } = await person.tell<{
    rescheduleBooking: { __typename: string; booking: BookingView };
  }>(operations.reschedule, {
    input: { bookingId, startsAt: to.startsAt, expectedVersion: to.version, idempotencyKey: newKey() },
  });
  return rescheduleBooking;
}

export async function statusOf(person: Person, bookingId: string): Promise<string | undefined> {
  const { data } = await person.ask<{ booking: { status: string } | null }>(operations.booking, {
    variables: { id: bookingId },
  });
  return data?.booking?.status;
}

// The main story, over HTTP, nothing faked: a client books, pays for, changes and cancels an appointment; staff see
// what their role may see; workers remind and purge. The steps build on each other and run in this order.
import { bookingOperations as operations } from './booking-operations.ts';
import { addCard, authorize, bookFollowUp, freeSlots, holdSlot, reschedule, seenBy } from './book.ts';
import type { BookingView, Hold, Slot } from './book.ts';
import { consentToReminders, withdrawReminders } from './consent.ts';
import { newKey, tell } from './graph.ts';
import { claimAndConfirm, comeAsGuest, requestTime } from './guest.ts';
import { codeIn, mailArrives, mailsTo } from './mailbox.ts';
import { Person } from './person.ts';
import { actionsInTheRecord } from './record.ts';
import { CONSULTATION, FOLLOW_UP, openStack, RIVERSIDE, settles, type Stack } from './stack.ts';
import { staffStayInTouch } from './stay-in-touch.ts';

const DAY = 24 * 60 * 60 * 1000;
const email = `zoë.أحمد+${Date.now()}@client.example`.replace('ë', 'e').replace(/[^\x20-\x7e]/g, '');
const displayName = 'Zoë أحمد 🌱';
const notes = 'Knee still hurts on stairs 🦵';

let stack: Stack;
let zoe: Person;
let other: Person;
let booking: { id: string; version: number; startsAt: string };
let slots: readonly Slot[];

const staff = (role: string) => new Person(stack, stack.account(role)).signIn();
const reminders = async () =>
  (await mailsTo(stack.mailboxUrl, email)).filter(({ subject }) => /reminder/i.test(subject)).length;
const readBooking = async (id = booking.id) => {
  const answer = await zoe.tell<{ booking: BookingView }>(operations.booking, { id });
  return answer.booking;
};
beforeAll(async () => {
  stack = await openStack();
}, 180_000);
afterAll(async () => stack?.stop());

describe('a client joins', () => {
  let flow = '';

  it('signs up, and gets a code by mail', async () => {
    zoe = new Person(stack, { email, password: 'Tidal-Lantern-49-Orchard', organizationId: RIVERSIDE });
    const signUp = await zoe.signUp({ displayName, phone: '+1 202 555 0118' });
    expect(signUp.__typename).toBe('SignUpAccepted');
    flow = signUp.flow;
  });

  it('confirms the address with the code from the mail', async () => {
    const code = codeIn(await mailArrives(stack.mailboxUrl, email, /code|confirm/i));
    expect(await zoe.confirmAddress(flow, code)).toBe('AddressConfirmed');
  });

  it('enrols an authenticator', async () => {
    await zoe.signIn();
    expect(await zoe.enrolAuthenticator()).toHaveLength(10);
  });

  it('[AUT-01] signs in with password and code, and a code is good once', async () => {
    const first = await zoe.start();
    expect(first.__typename).toBe('ChallengeRequired');
    await stack.clock.advance({ seconds: 30 });
    const session = await zoe.answer(first.flow ?? '');
    expect(session.__typename).toBe('SessionIssued');
    const second = await zoe.start();
    expect(await zoe.answer(second.flow ?? '')).toMatchObject({ code: 'CODE_REFUSED' });
    zoe.token = session.accessToken;
    zoe.deviceToken = session.deviceToken;
    const { viewer } = await zoe.tell<{ viewer: object }>(
      `{ viewer { secondFactor kind client { displayName email } organization { id name } } }`,
    );
    expect(viewer).toMatchObject({ secondFactor: true, kind: 'CLIENT', client: { displayName, email } });
  });

  it('[AUT-06] six wrong passwords slow the attacker down, not the client', async () => {
    const attacker = new Person(stack, zoe.account);
    const answers: (string | undefined)[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      const { __typename, code } = await attacker.start(`Wrong-Password-${attempt}-Nope`, null);
      answers.push(code ?? __typename);
    }
    expect(answers.slice(0, 3)).toEqual(['BAD_CREDENTIALS', 'BAD_CREDENTIALS', 'BAD_CREDENTIALS']);
    // From then on it costs work, and the right password is worth no more than a wrong one.
    expect(answers.at(-1)).toBe('ProofOfWorkRequired');
    expect((await attacker.start(zoe.account.password, null)).__typename).toBe('ProofOfWorkRequired');
    await zoe.signIn();
    expect(zoe.token).toBeDefined();
  });
});

describe('a client books', () => {
  let hold: Hold;
  let methodId = '';

  it('lists services and sees free slots in both time zones', async () => {
    const { services } = await tell<{ services: { id: string; name: string }[] }>(
      stack.graphUrl,
      `{ services { id name durationMinutes price { amountMinor currency } deposit { amountMinor } } }`,
      { organizationId: RIVERSIDE },
    );
    expect(services.map(({ id }) => id)).toEqual(expect.arrayContaining([CONSULTATION, FOLLOW_UP]));
    slots = await freeSlots(stack, { days: [3, 17] });
    expect(slots.length).toBeGreaterThan(20);
    expect(slots[0]?.localStart).toContain('+05:45');
    expect(slots[0]?.providerLocalStart).toMatch(/(\+00:00|\+01:00|Z)/);
  });

  it('[BOK-01] holds a slot, which another client now cannot have', async () => {
    const startsAt = slots[3]?.startsAt;
    const taken = await holdSlot(zoe, startsAt ?? '', notes);
    expect(taken.__typename).toBe('SlotHold');
    hold = taken;
    other = await staff('client');
    expect((await holdSlot(other, startsAt ?? '', notes)).__typename).toBe('SlotUnavailable');
    booking = { id: hold.bookingId, version: 0, startsAt: startsAt ?? '' };
    expect((await freeSlots(stack, { days: [3, 17] })).map((slot) => slot.startsAt)).not.toContain(startsAt);
  });

  it('[PAY-01] adds a payment method by token', async () => {
    methodId = await addCard(stack, zoe);
    const { paymentMethods } = await zoe.tell<{ paymentMethods: object[] }>(
      `{ paymentMethods { id brand last4 } }`,
    );
    expect(paymentMethods).toEqual([{ id: methodId, brand: expect.stringMatching(/visa/i), last4: '4242' }]);
  });

  it('consents to reminders by mail', async () => {
    expect(await consentToReminders(zoe)).toBe('ConsentRecorded');
  });

  it('authorises the deposit from the signed quote, and the payment confirms the booking', async () => {
    expect(hold.depositDue.amountMinor).toBe(2_000);
    expect(await authorize(zoe, { hold, paymentMethodId: methodId })).toBe('DepositAuthorized');
    await settles(async () => expect((await readBooking()).status).toBe('CONFIRMED'));
    booking = await readBooking();
    await settles(async () =>
      expect((await seenBy(zoe, booking.id, 'payments { status }')).booking?.payments?.[0]?.status).toBe(
        'CAPTURED',
      ),
    );
  });

  it('gets a confirmation by mail with a calendar file, without a word of the notes', async () => {
    const mail = await mailArrives(stack.mailboxUrl, email, /confirmed/i);
    const calendar = mail.attachments.find(({ filename }) => filename.endsWith('.ics'));
    expect(calendar?.content).toContain('BEGIN:VEVENT');
    expect(calendar?.content).toContain(booking.id);
    expect(mail.text + mail.html + (calendar?.content ?? '')).not.toContain('Knee');
  });

  it('[BOK-05] whoever has that mail sees the appointment by its link without signing in; the address alone shows nothing', async () => {
    const mail = await mailArrives(stack.mailboxUrl, email, /confirmed/i);
    const [address = '', token = ''] = /http\S+\/manage#([\w-]+\.[\w-]+)/.exec(mail.text) ?? [];
    const byLink = 'query ($token: String!) { bookingByLink(token: $token) { status startsAt actions } }';
    const asking = { organizationId: RIVERSIDE, variables: { token } };
    const { bookingByLink } = await tell<{ bookingByLink: object | null }>(stack.graphUrl, byLink, asking);
    expect(bookingByLink).toMatchObject({ status: 'CONFIRMED', startsAt: booking.startsAt });
    // As a mail scanner does: every method that a link can be fetched with, on the page and on the graph.
    const asGet = `${stack.graphUrl}?query=${encodeURIComponent(byLink)}&variables={"token":"${token}"}`;
    for (const url of [address, asGet]) expect(await (await fetch(url)).text()).not.toContain('CONFIRMED');
    expect(await tell(stack.graphUrl, byLink, asking)).toEqual({ bookingByLink });
  });
});

describe('everybody sees what their role may see', () => {
  it('[ACC-02] front desk: the booking and the contact, not the notes, and the error says where', async () => {
    const seen = await seenBy(
      await staff('front-desk'),
      booking.id,
      'status hidden: notes client { displayName email }',
    );
    expect(seen.booking).toMatchObject({ status: 'CONFIRMED', hidden: null, client: { displayName, email } });
    expect(seen.errors).toEqual([
      expect.objectContaining({
        path: ['booking', 'hidden'],
        extensions: expect.objectContaining({ code: 'UNAUTHORIZED_FIELD_OR_TYPE' }),
      }),
    ]);
  });

  it('[ACC-02] provider: the notes, not the payments', async () => {
    const seen = await seenBy(await staff('provider'), booking.id, 'notes payments { status } paymentState');
    expect(seen.booking).toMatchObject({ notes, payments: null, paymentState: expect.any(String) });
    expect(seen.errors.map(({ path }) => path)).toEqual([['booking', 'payments']]);
  });

  it('[ACC-02] billing: the payments, not the notes', async () => {
    const seen = await seenBy(await staff('billing'), booking.id, 'notes payments { status }');
    expect(seen.booking).toMatchObject({ notes: null, payments: [{ status: 'CAPTURED' }] });
    expect(seen.errors.map(({ path }) => path)).toEqual([['booking', 'notes']]);
  });

  it('[ACC-02] another client and another organization: nothing, as if it did not exist', async () => {
    for (const person of [other, await staff('northgate-manager'), await staff('northgate-client')]) {
      const seen = await seenBy(person, booking.id, 'status notes');
      expect(seen.booking).toBeNull();
      expect(seen.errors.every(({ extensions }) => extensions.code === 'NOT_FOUND')).toBe(true);
    }
  });
});

describe('the client changes and cancels', () => {
  it('is reminded at the time, having consented', async () => {
    const reminderAt = new Date(booking.startsAt).getTime() - DAY + 60_000;
    await stack.clock.moveTo(new Date(reminderAt));
    await mailArrives(stack.mailboxUrl, email, /reminder/i);
  });

  it('reschedules: the same booking, told to client and provider', async () => {
    await zoe.signIn();
    const later = await freeSlots(stack, { days: [4, 18] });
    const moved = await reschedule(zoe, booking.id, {
      startsAt: later[5]?.startsAt ?? '',
      version: (await readBooking()).version,
    });
    expect(moved).toMatchObject({ __typename: 'BookingRescheduled', booking: { id: booking.id } });
    booking = { ...booking, version: moved.booking.version, startsAt: moved.booking.startsAt };
    await mailArrives(stack.mailboxUrl, email, /moved|rescheduled|new time/i);
    await mailArrives(stack.mailboxUrl, stack.account('provider').email, /moved|rescheduled|new time/i);
  });

  it('cancels inside the window: refund, slot free again, both told', async () => {
    const { cancelBooking } = await zoe.tell<{
      cancelBooking: { __typename: string; refundPercent: number };
    }>(operations.cancel, {
      input: { bookingId: booking.id, expectedVersion: booking.version, idempotencyKey: newKey() },
    });
    expect(cancelBooking).toMatchObject({ __typename: 'BookingCancelled', refundPercent: 100 });
    await settles(async () => {
      const { booking: seen } = await seenBy(zoe, booking.id, 'payments { refunded { amountMinor } }');
      expect(seen?.payments?.[0]?.refunded.amountMinor).toBe(2_000);
    });
    expect((await freeSlots(stack, { days: [4, 18] })).map((slot) => slot.startsAt)).toContain(
      booking.startsAt,
    );
    await mailArrives(stack.mailboxUrl, email, /cancel/i);
    await mailArrives(stack.mailboxUrl, stack.account('provider').email, /cancel/i);
    await mailArrives(stack.mailboxUrl, email, /refund/i);
  });
});

describe('somebody without an account', () => {
  it('[BOK-01] [BOK-02] keeps a time for some work, proves an address by mail, and it is theirs', async () => {
    const [free] = await freeSlots(stack, { days: [13, 20], serviceId: FOLLOW_UP });
    const requested = await requestTime(stack, { serviceId: FOLLOW_UP, startsAt: free?.startsAt ?? '' });
    expect(requested.__typename).toBe('SlotRequested');
    const token = await comeAsGuest(stack, `guest-${Date.now()}@client.example`);
    expect(await claimAndConfirm(stack, token, requested)).toBe('BookingConfirmed');
  });
});

describe('what is withdrawn stops, what is over goes', () => {
  let followUp = '';

  it('[CON-14] refuses the queued reminder when consent is withdrawn before its time', async () => {
    const free = await freeSlots(stack, { days: [6, 12], serviceId: FOLLOW_UP });
    followUp = await bookFollowUp(zoe, free[0]?.startsAt ?? '', 'A second note');
    await withdrawReminders(zoe);
    const before = await reminders();
    await stack.clock.moveTo(new Date(new Date(free[0]?.startsAt ?? 0).getTime() - DAY + 60_000));
    const officer = await staff('compliance');
    await settles(async () => {
      expect(await actionsInTheRecord(officer)).toContain('message_refused');
    });
    expect(await reminders()).toBe(before);
  });

  it('[DAT-06] purges after the retention period, in each service, and leaves evidence', async () => {
    // Longer than the longest of what this story leaves behind: a withdrawn consent is evidence for three years.
    await staffStayInTouch(stack, ['compliance', 'front-desk']);
    await stack.clock.advance({ days: 1_200 });
    const officer = await staff('compliance');
    await settles(async () => {
      const { retentionRuns } = await officer.tell<{
        retentionRuns: { service: string; table: string; removed: number }[];
      }>(`{ retentionRuns { service table removed } }`);
      const services = new Set(retentionRuns.map(({ service }) => service));
      expect([...services].toSorted()).toEqual(['compliance', 'identity', 'payments', 'scheduling']);
    }, 60_000);
    const frontDesk = await staff('front-desk');
    const { data } = await frontDesk.ask<{ booking: BookingView | null }>(
      `query ($id: ID!) { booking(id: $id) { id status } }`,
      { variables: { id: followUp } },
    );
    expect(data?.booking ?? null).toBeNull();
  });

  it('[LOG-07] leaves a log that verifies from the command line', async () => {
    const { stdout, exitCode } = await stack.audit('verify');
    expect(stdout).toMatch(/verified|whole|ok/i);
    expect(exitCode).toBe(0);
  });
});

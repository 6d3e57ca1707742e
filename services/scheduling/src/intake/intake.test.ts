import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { onPaymentAuthorized } from '../bookings/on-payment-authorized.ts';
import { CONFIRM, hold, mutate, type Answer } from '../operations-for-tests.ts';
import { eventsIn, eventsOf } from '../outbox-for-tests.ts';
import {
  DEFINE,
  SUBMIT,
  APPROVE,
  REVOKE,
  RETIRE,
  READ,
  EXCEPTIONS,
  FIELDS,
  ANSWER,
} from './forms-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());
beforeEach(async () => {
  business = await openBusiness(test);
  client = await business.client();
});

const define = (input: Record<string, unknown>, by: Caller = business.staff('MANAGER')): Promise<Answer> =>
  mutate(test, by, {
    query: DEFINE,
    input: { serviceId: business.serviceId, expectedVersion: 0, fields: FIELDS, ...input },
  });
const submit = (
  bookingId: string,
  answers: object[],
  { by = client, ...more }: { by?: Caller } & Record<string, unknown> = {},
) =>
  mutate(test, by, {
    query: SUBMIT,
    input: { bookingId, formVersion: 1, expectedVersion: 0, answers, ...more },
  });
const held = async (startsAt = '2027-02-10T10:00:00.000Z', notes?: string) =>
  hold(test, client, { ...business, startsAt, ...(notes !== undefined && { notes }) });
const problems = (answer: Answer) =>
  (answer['problems'] as { key: string; code: string }[]).map(({ key, code }) => `${key} ${code}`);
const approve = async (identifier: string, by = business.staff('COMPLIANCE')) => {
  const input = {
    serviceId: business.serviceId,
    identifier,
    reason: 'Entry to the secure ward',
    validUntil: '2027-12-01T00:00:00Z',
  };
  const answer = await mutate(test, by, { query: APPROVE, input });
  return (answer['exception'] as { id: string }).id;
};

it('keeps typed answers, encrypted under the client’s key, for client and provider alone', async () => {
  await define({});
  const { bookingId } = await held();
  const id = String(bookingId);
  expect(await submit(id, ANSWER)).toMatchObject({ __typename: 'IntakeSubmitted', version: 1, notices: [] });
  for (const reader of [client, business.provider()]) {
    const { data, errors } = await test.ask(reader, READ, { id });
    expect(errors).toEqual([]);
    const { answers } = (data as { booking: { intake: { answers: object[] } } }).booking.intake;
    expect(answers).toEqual(ANSWER.map((answer) => expect.objectContaining(answer) as object));
  }
  for (const role of ['MANAGER', 'FRONT_DESK', 'BILLING'] as const) {
    const { data, errors } = await test.ask(business.staff(role), READ, { id });
    expect(data).toEqual({ booking: { id, intake: null } });
    expect(errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  }
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ answers: Buffer }>('SELECT answers FROM intake_answer'),
  );
  expect(row?.answers.toString('utf8')).not.toMatch(/Rücken|7946|practice/);
  const told = JSON.stringify(await eventsIn(test.database, business.organizationId));
  expect(told).not.toMatch(/Rücken|7946|practice/);
  // Moved to another booking it does not open: it is bound to its row.
  const other = await held('2027-02-11T10:00:00.000Z');
  await submit(String(other['bookingId']), ANSWER);
  await test.database.transaction(business.organizationId, (tx) =>
    tx.query(
      `UPDATE intake_answer SET answers = (SELECT answers FROM intake_answer WHERE booking_id = $1) WHERE booking_id = $2`,
      [id, other['bookingId']],
    ),
  );
  const moved = await test.ask(client, READ, { id: other['bookingId'] });
  expect(moved.data).toMatchObject({ booking: { intake: null } });
});

it('refuses answers of another kind, form or size, all problems at once, and repeats nothing of them', async () => {
  await define({});
  const id = String((await held())['bookingId']);
  const wrong = await submit(id, [
    { key: 'weight', number: 501 },
    { key: 'since', text: 'secret last year' },
    { key: 'side', choices: ['left', 'right'] },
    { key: 'food', choices: ['secret children'] },
    { key: 'smoker', yes: true, text: 'secret' },
    { key: 'callMe', text: 'call secret' },
    { key: 'writeMe', text: 'secret@' },
    { key: 'insurer', text: 'secret'.repeat(5) },
    { key: 'policy', text: 'KV-secret' },
    { key: 'nobodyAsked', text: 'secret' },
  ]);
  expect(problems(wrong).toSorted()).toEqual(
    [
      'callMe FORM',
      'food FORM',
      'insurer RANGE',
      'nobodyAsked UNKNOWN',
      'policy FORM',
      'reason REQUIRED',
      'side FORM',
      'since KIND',
      'smoker KIND',
      'weight RANGE',
      'writeMe FORM',
    ].toSorted(),
  );
  expect(JSON.stringify(wrong)).not.toContain('secret');
  const { data } = await test.ask(client, READ, { id });
  expect(data).toMatchObject({ booking: { intake: null } });
});

it('[DAT-02] refuses national identifiers and card numbers in answers, and masks identifiers in long texts and notes', async () => {
  await define({});
  const slot = await held('2027-02-10T10:00:00.000Z', 'My SSN is 219-09-9999, allergic to nuts');
  const id = String(slot['bookingId']);
  const NOTES = 'query ($id: ID!) { booking(id: $id) { notes } }';
  const { data } = await test.ask(client, NOTES, { id });
  expect(data).toEqual({ booking: { notes: 'My SSN is •••-••-••••, allergic to nuts' } });
  await expect(held('2027-02-10T12:00:00.000Z', 'take 4111 1111 1111 1111')).rejects.toThrow(
    /BAD_INPUT.*card number/,
  );
  const answer = await submit(id, [
    { key: 'reason', text: 'pay by 4111-1111-1111-1111' },
    { key: 'insurer', text: '943 476 5919' },
    { key: 'weight', number: 71 },
  ]);
  expect(problems(answer)).toEqual(['reason CARD_DATA', 'insurer NATIONAL_ID']);
  expect(JSON.stringify(answer)).not.toMatch(/4111|943 476/);
  const masked = await submit(id, [{ key: 'reason', text: 'I am AB123456C and my back hurts' }]);
  expect(masked['notices']).toEqual([expect.stringContaining('masked')]);
  const read = await test.ask(client, READ, { id });
  expect(JSON.stringify(read.data)).toContain('I am ••••••••• and my back hurts');
});

it('[DAT-02] refuses a question for a national identifier without an exception, and one for card data always', async () => {
  const asks = (field: object) =>
    define({ fields: [{ key: 'field', label: 'A question', kind: 'TEXT', ...field }] });
  for (const field of [
    { key: 'ssn' },
    { label: 'Passport number' },
    { picture: '999-99-9999' },
    { help: 'your PESEL' },
  ])
    expect(problems(await asks(field))[0]).toMatch(/NATIONAL_ID$/);
  expect(problems(await asks({ label: 'Credit card' }))).toEqual(['field CARD_DATA']);
  expect(problems(await asks({ label: 'Passport', exceptionId: randomUUID() }))).toEqual(['field EXCEPTION']);
  // A manager cannot approve it for themselves, and nobody can approve card data.
  await expect(approve('PASSPORT', business.staff('MANAGER'))).rejects.toThrow(/UNAUTHORIZED_FIELD_OR_TYPE/);
  await expect(approve('CARD_DATA')).rejects.toThrow(/BAD_INPUT/);
  const forPassports = await approve('PASSPORT');
  const passport = { label: 'Passport number', exceptionId: forPassports };
  expect(problems(await asks({ label: 'NHS number', exceptionId: forPassports }))).toEqual([
    'field EXCEPTION',
  ]);
  expect(problems(await asks({ label: 'Credit card or passport', exceptionId: forPassports }))).toEqual([
    'field CARD_DATA',
  ]);
  expect(await asks(passport)).toMatchObject({ __typename: 'IntakeFormDefined' });
  const id = String((await held())['bookingId']);
  expect(problems(await submit(id, [{ key: 'field', text: '943 476 5919' }]))).toEqual(['field NATIONAL_ID']);
  expect(await submit(id, [{ key: 'field', text: 'X1234567' }])).toMatchObject({ version: 1 });
  // Taken back, the question stands and is not answered any more; another service never had it.
  await mutate(test, business.staff('COMPLIANCE'), { query: REVOKE, input: { exceptionId: forPassports } });
  expect(problems(await submit(id, [{ key: 'field', text: 'X7654321' }], { expectedVersion: 1 }))).toContain(
    'field EXCEPTION',
  );
  const listed = await test.ask(business.staff('COMPLIANCE'), EXCEPTIONS);
  expect(listed.data).toMatchObject({
    intakeExceptions: [{ identifier: 'PASSPORT', revokedAt: test.clock().toISOString() }],
  });
  const audited = (await eventsOf(test.database, business.organizationId, 'audit.recorded')).map(
    ({ action }) => action,
  );
  expect(audited).toEqual(expect.arrayContaining(['intake_exception_approved', 'intake_exception_revoked']));
});

it('has versions that never change; a booking keeps the one it was asked under', async () => {
  await define({});
  const id = String((await held())['bookingId']);
  const again = await define({ fields: FIELDS.slice(0, 2) });
  expect(again).toMatchObject({ __typename: 'VersionConflict', currentVersion: 1 });
  test.clock.set('2027-02-01T05:01:00.000Z');
  expect(await define({ expectedVersion: 1, fields: FIELDS.slice(0, 2) })).toMatchObject({
    form: { version: 2 },
  });
  expect(await submit(id, ANSWER)).toMatchObject({ version: 1 });
  // A repetition of the request is answered the same, another change needs the version that was read.
  const key = { idempotencyKey: randomUUID(), expectedVersion: 1, formVersion: 2 };
  const shorter = [{ key: 'reason', text: 'Better now' }];
  expect(await submit(id, shorter, key)).toMatchObject({ version: 2 });
  expect(await submit(id, shorter, key)).toMatchObject({ version: 2 });
  expect(await submit(id, shorter, { expectedVersion: 1, formVersion: 2 })).toMatchObject({
    currentVersion: 2,
  });
  const change = test.database.transaction(business.organizationId, (tx) =>
    tx.query(`UPDATE intake_form SET fields = '[{}]' WHERE version = 2`),
  );
  await expect(change).rejects.toMatchObject({ driverError: { constraint: 'form_versions_never_change' } });
  await mutate(test, business.staff('MANAGER'), {
    query: RETIRE,
    input: { serviceId: business.serviceId, expectedVersion: 2 },
  });
  const { data } = await test.ask(client, '{ services { intakeForm { version } } }');
  expect(data).toEqual({ services: [{ intakeForm: null }] });
});

it('where the service says so, nothing is confirmed or paid for before its questions are answered', async () => {
  const paying = await openBusiness(test, { depositMinor: 2000 });
  for (const [of, start] of [
    [business, '2027-02-10T10:00:00.000Z'],
    [paying, '2027-02-10T10:00:00.000Z'],
  ] as const) {
    const owner = of === business ? client : await paying.client();
    await define({ serviceId: of.serviceId, requiredBeforeConfirmation: true }, of.staff('MANAGER'));
    const slot = await hold(test, owner, { ...of, startsAt: start });
    const id = String(slot['bookingId']);
    expect(slot).toMatchObject({ __typename: 'SlotHold', quote: null });
    const confirm = { query: CONFIRM, input: { holdId: slot['id'] } };
    expect(await mutate(test, owner, confirm)).toMatchObject({ code: 'INTAKE_REQUIRED' });
    // By whatever way somebody tries to confirm it: PostgreSQL has the last word.
    const forced = test.database.transaction(of.organizationId, (tx) =>
      tx.query(`UPDATE booking SET status = 'CONFIRMED', version = version + 1 WHERE id = $1`, [id]),
    );
    await expect(forced).rejects.toMatchObject({
      driverError: { constraint: 'no_confirmation_without_intake' },
    });
    if (of === paying) {
      const paid = {
        paymentId: randomUUID(),
        bookingId: id,
        holdId: String(slot['id']),
        clientId: owner.accountId ?? '',
      };
      await test.database.transaction(of.organizationId, (tx) =>
        onPaymentAuthorized(tx, test.scheduling, { ...paid, amountMinor: 2000, currency: 'GBP' }),
      );
      expect(await eventsOf(test.database, of.organizationId, 'booking.refused')).toMatchObject([
        { reason: 'INTAKE_MISSING' },
      ]);
    }
    const submitted = await submit(id, ANSWER, { by: owner });
    expect(submitted).toMatchObject({ booking: { intakeNeeded: false } });
    if (of === paying) expect(submitted['quote']).toEqual(expect.any(String));
    else
      expect(await mutate(test, owner, { query: CONFIRM, input: confirm.input })).toMatchObject({
        booking: { status: 'CONFIRMED' },
      });
  }
});

it('[DAT-02] strangers neither answer nor read, and hear of nothing', async () => {
  await define({});
  const id = String((await held())['bookingId']);
  await submit(id, ANSWER);
  const elsewhere = await openBusiness(test);
  for (const stranger of [
    await business.client(),
    await elsewhere.client(),
    elsewhere.staff('MANAGER'),
    business.staff('PROVIDER'),
  ]) {
    await expect(submit(id, ANSWER, { expectedVersion: 1, by: stranger })).rejects.toThrow(
      /^(NOT_FOUND|UNAUTHORIZED_FIELD_OR_TYPE)/,
    );
    const { data } = await test.ask(stranger, READ, { id });
    expect(data).toEqual({ booking: null });
  }
  await expect(define({ expectedVersion: 1 }, elsewhere.staff('MANAGER'))).rejects.toThrow(/NOT_FOUND/);
  await expect(define({ expectedVersion: 1 }, business.staff('FRONT_DESK'))).rejects.toThrow(
    /UNAUTHORIZED_FIELD_OR_TYPE/,
  );
});

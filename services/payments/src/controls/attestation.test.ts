import { openPaymentsForTests, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import { attestationDaysLeft, attestationState } from './attestation.ts';
import { checkAttestation } from './check-attestation.ts';

// An attestation that is looked at when the service starts is looked at once a year, by luck.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const rowsOf = (organizationId: string) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ kind: string; ours: string; theirs: string; resolution: string | null }>(
      'SELECT kind, ours, theirs, resolution FROM payment_incident ORDER BY opened_at, kind',
    ),
  );
const alertsOf = async (organizationId: string) =>
  (await test.published(organizationId, 'alert.raised')).map(({ reason, parameters }) => [
    reason,
    parameters,
  ]);
/** As a process that was started with this day in its settings. */
const checkedWith = (attestationUntil: string | null) =>
  checkAttestation({ ...test.payments, processor: test.payments.processor, attestationUntil });

it('[GOV-06] an attestation is warned about a month ahead, said when it has run out, and quiet once there is a new one', async () => {
  const organizationId = organizationOf(await test.newClient());
  const until = '2030-06-10';
  // The tests begin on 2030-05-06: thirty-six days.
  expect(await checkedWith(until)).toBe('VALID');
  expect(await rowsOf(organizationId)).toEqual([]);

  test.clock.advance(6 * 86_400_000);
  expect(await checkedWith(until)).toBe('ENDING');
  expect(await checkedWith(until)).toBe('ENDING');
  const ending = { kind: 'ATTESTATION_ENDING', ours: 'runs out soon', theirs: until, resolution: null };
  expect(await rowsOf(organizationId)).toEqual([ending]);
  expect(await alertsOf(organizationId)).toEqual([['processor_attestation', { validUntil: until }]]);

  test.clock.advance(29 * 86_400_000);
  expect(await checkedWith(until)).toBe('ENDING');
  test.clock.advance(86_400_000);
  expect(await checkedWith(until)).toBe('ENDED');
  expect(await rowsOf(organizationId)).toEqual([
    { ...ending, resolution: 'NO_LONGER_SO' },
    { ...ending, kind: 'ATTESTATION_ENDED', ours: 'has run out' },
  ]);
  expect(await alertsOf(organizationId)).toHaveLength(2);

  expect(await checkedWith('2031-06-10')).toBe('VALID');
  expect((await rowsOf(organizationId)).map(({ resolution }) => resolution)).toEqual([
    'NO_LONGER_SO',
    'NO_LONGER_SO',
  ]);
  expect(await alertsOf(organizationId)).toHaveLength(2);
});

it('[GOV-06] its last day is one with it, and where nobody has said until when, nothing runs out', () => {
  const at = (day: string) => new Date(`${day}T23:59:59.999Z`);
  expect(attestationState('2027-03-31', at('2027-03-31'))).toBe('ENDING');
  expect(attestationState('2027-03-31', new Date('2027-04-01T00:00:00Z'))).toBe('ENDED');
  expect(attestationState('2027-03-31', at('2027-03-01'))).toBe('VALID');
  expect(attestationState('2027-03-31', at('2027-03-02'))).toBe('ENDING');
  expect(attestationState(null, at('2027-03-31'))).toBe('VALID');
  expect(attestationDaysLeft('2027-03-31', at('2027-03-31'))).toBe(1);
});

it('[GOV-06] the table of controls says until when what the provider has shown is valid', async () => {
  const organizationId = organizationOf(await test.newClient());
  const query = '{ controls(framework: PCI_SAQ_A) { id validUntil } }';
  const ask = async () => {
    const { data } = await test.ask(staffOf(organizationId, 'COMPLIANCE'), query);
    const items = data?.['controls'] as { id: string; validUntil: string | null }[];
    return items.filter(({ validUntil }) => validUntil !== null);
  };
  expect(await ask()).toEqual([]);
  Object.assign(test.payments, { attestationUntil: '2031-03-31' });
  expect(await ask()).toEqual(['E3', '12.8.4'].map((id) => ({ id, validUntil: '2031-04-01T00:00:00.000Z' })));
  Object.assign(test.payments, { attestationUntil: null });
});

import { notNeeded } from '@kept/events';
import { seededRandom, type Death } from '@kept/testing';
import { brokenInvariants } from '../ledger/invariants-for-tests.ts';
import * as jobs from '../jobs.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';
import { resolvers } from '../resolvers.ts';
import { eventHandlers } from '../start-workers.ts';
import { sweep } from '../sweeping/sweep.ts';
import { openDyingPayments, type DyingPayments } from './dying-payments.ts';
import { FLOWS, openScene, within, type Flow, type Scene } from './flows-for-tests.ts';
import { pictureOf } from './picture.ts';

/**
 * The process dies at its n-th request to its database or to the processor, before it arrives or before its answer does, with and
 * without trouble at the processor: every await of every flow. Afterwards the sweep runs, and things stand as if nobody had died:
 * charged once, told once, booked once. A random idempotency key per attempt makes this fail.
 */
let test: UnderTest;
let dying: DyingPayments;
beforeAll(async () => {
  test = await openPaymentsForTests();
  dying = await openDyingPayments(test);
});
afterAll(async () => {
  await dying?.stop();
  await test?.stop();
});
afterEach(() => test.callOff());

const nightly = process.env['KEPT_NIGHTLY'] === '1';
const TROUBLES = [null, 'drop_before', 'drop_after', 'answer_500'] as const;
interface Moment {
  request: number;
  death: Death;
  trouble: (typeof TROUBLES)[number];
}

/** Everything that is due in one business, until nothing is: what the jobs of a new process do. */
async function recover({ organizationId }: Scene): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    test.clock.advance(6 * 60_000);
    await sweep(within(test.payments, organizationId));
  }
}

const order = (trouble: Moment['trouble']) =>
  // Twice, for the SDK resends a request whose connection ended, once and by itself.
  trouble === null ? Promise.resolve() : test.order({ kind: trouble, times: 2, only: '/v1/' });

/** One flow, one death; then what was heard is heard again, as from the inbox. */
async function dieDuring(flow: Flow, moment: Moment | null): Promise<{ scene: Scene; requests: number }> {
  const scene = await openScene(test, flow);
  dying.life.restart();
  const before = dying.life.requests;
  if (moment !== null) {
    await order(moment.trouble);
    dying.life.dieAt(moment.request, moment.death);
  }
  const died = await flow.run(dying, scene).then(
    () => false,
    () => true,
  );
  const requests = dying.life.requests - before;
  await test.callOff();
  dying.life.restart();
  expect(died && moment === null).toBe(false);
  return { scene, requests };
}

describe.each(FLOWS)('$name', (flow) => {
  it('[payments T28] dies anywhere, and stands after recovery as if it had not', async () => {
    const calm = await dieDuring(flow, null);
    await recover(calm.scene);
    const expected = await pictureOf(test, calm.scene.organizationId);
    const untouched = await openScene(test, flow);
    if (flow.clients === true) await recover(untouched);
    const nothing = await pictureOf(test, untouched.organizationId);
    for (const moment of momentsOf(calm.requests, FLOWS.indexOf(flow))) {
      const { scene } = await dieDuring(flow, moment);
      const isAskedAgain = flow.clients !== true || moment.request % 2 === 0;
      if (isAskedAgain) await flow.run({ ...dying, payments: test.payments }, scene).catch(() => undefined);
      await recover(scene);
      const stands = await pictureOf(test, scene.organizationId);
      expect([expected, ...(isAskedAgain ? [] : [nothing])]).toContainEqual(stands);
      expect({ moment, broken: await brokenInvariants(test, scene.organizationId) }).toEqual({
        moment,
        broken: [],
      });
    }
  }, 600_000);
});

// Some moments in every run, chosen by the seed; at night all of them.
const MOMENTS = 1;
function momentsOf(requests: number, seed: number): Moment[] {
  const all = Array.from({ length: requests }, (_, index) => index + 1).flatMap((request) =>
    (['cut-request', 'cut-reply'] as const).flatMap((death) =>
      TROUBLES.map((trouble) => ({ request, death, trouble })),
    ),
  );
  const random = seededRandom(seed + 1);
  return nightly ? all : Array.from({ length: MOMENTS }, () => random.oneOf(all));
}

// What needs no flow of its own, and why.
const WITHOUT: Readonly<Record<string, string>> = {
  'event organization.created': 'one statement that may be repeated',
  'event staff.offboarded': 'one statement that may be repeated',
  'Mutation.exportStatement': 'reads, and notes that it was read',
  'Mutation.setPaymentPolicy': 'one transaction, and nothing is said to the processor',
  'Mutation.resolvePaymentIncident': 'one transaction, and nothing is said to the processor',
  'Mutation.acceptMandate': 'one transaction, and nothing is said to the processor',
  'Mutation.replacePaymentMethod':
    'one transaction; the old card is detached by the sweep, as in removePaymentMethod',
  'Mutation.finishPaymentMethodCollection':
    'reads at the processor; what it found is one transaction, as from the sweep',
  'Mutation.chargeBalance': 'the steps of payBalance, begun by staff',
  'Mutation.resumePayment': 'the steps of payBalance, for a payment that was begun before',
  'Mutation.sendDisputeEvidence': 'written down first; the sweep sends it until the processor has it',
  'Mutation.waiveFee': 'the steps of refundPayment: written down, then sent',
  'Mutation.chargeFeeAgain': 'the steps of payBalance, begun by staff',
  'Mutation.requestRefund': 'one transaction, and nothing is said to the processor',
  'Mutation.decideRefundRequest': 'the steps of refundPayment, once a second person agrees',
  'event message.sent': 'one statement that may be repeated',
  'job reconcile-payments': 'begins again where it had come to; its own test stops it half-way',
  'job tell-missing': 'one transaction for each letter, and a letter once by constraint',
  'job purge-expired': 'removes what has run its time; the next run removes the rest',
};

it('every door of the service is in a flow: whoever adds one says how it dies', () => {
  const handlers = Object.entries(eventHandlers(test.payments));
  const doors = [
    ...Object.keys(resolvers.Mutation ?? {}).map((name) => `Mutation.${name}`),
    ...handlers.filter(([, handle]) => handle !== notNeeded).map(([name]) => `event ${name}`),
    ...Object.values(jobs).map(({ name }) => `job ${name}`),
  ];
  const known = new Set([...FLOWS.flatMap((flow) => flow.doors), ...Object.keys(WITHOUT)]);
  expect(doors.filter((door) => !known.has(door))).toEqual([]);
  expect([...known].filter((door) => !doors.includes(door))).toEqual([]);
});

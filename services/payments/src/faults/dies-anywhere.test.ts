import { notNeeded } from '@kept/events';
import { seededRandom, type Death } from '@kept/testing';
import { brokenInvariants } from '../ledger/invariants-for-tests.ts';
import * as jobs from '../jobs.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';
import { resolvers } from '../resolvers.ts';
import { eventHandlers } from '../start-workers.ts';
import { sweep } from '../sweeping/sweep.ts';
import { openDyingPayments, type DyingPayments } from './dying-payments.ts';
import { FLOWS } from './flows-for-tests.ts';
import { pictureOf } from './picture.ts';
import { openScene, within, type Flow, type Scene } from './scenes-for-tests.ts';

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
async function recover(scene: Scene, flow: Flow): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    test.clock.advance(6 * 60_000);
    await sweep(within(test.payments, scene.organizationId));
    await flow.again?.(test.payments, scene);
  }
}

const order = (trouble: Moment['trouble']) =>
  // Twice, for the SDK resends a request whose connection ended, once and by itself.
  trouble === null ? Promise.resolve() : test.order({ kind: trouble, times: 2, only: '/v1/' });

interface Died {
  scene: Scene;
  requests: number;
  /** The first of them that the processor hears. */
  firstAsked: number;
}

/** One flow, one death; then what was heard is heard again, as from the inbox. */
async function dieDuring(flow: Flow, moment: Moment | null): Promise<Died> {
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
  const asked = dying.toProcessor.find((request) => request > before);
  const firstAsked = asked === undefined ? Infinity : asked - before;
  await test.callOff();
  dying.life.restart();
  expect(died && moment === null).toBe(false);
  return { scene, requests, firstAsked };
}

describe.each(FLOWS)('$name', (flow) => {
  it('[payments T28] dies anywhere, and stands after recovery as if it had not', async () => {
    const calm = await dieDuring(flow, null);
    await recover(calm.scene, flow);
    const expected = await pictureOf(test, calm.scene);
    let untouched: string[] | undefined;
    const nothing = async () => {
      const scene = await openScene(test, flow);
      await recover(scene, flow);
      return (untouched ??= await pictureOf(test, scene));
    };
    for (const moment of momentsOf(calm, FLOWS.indexOf(flow))) {
      const { scene } = await dieDuring(flow, moment);
      const isAskedAgain = flow.clients !== true || moment.request % 2 === 0;
      if (isAskedAgain) await flow.run({ ...dying, payments: test.payments }, scene).catch(() => undefined);
      await recover(scene, flow);
      const stands = await pictureOf(test, scene);
      const broken = await brokenInvariants(test, scene.organizationId, scene.openedAt);
      expect({ moment, broken }).toEqual({ moment, broken: [] });
      if (isAskedAgain || stands.join() === expected.join())
        expect({ moment, stands }).toEqual({ moment, stands: expected });
      else expect({ moment, stands }).toEqual({ moment, stands: untouched ?? (await nothing()) });
    }
  }, 3_600_000);
});

// Some moments in every run, chosen by the seed; at night all of them. What the processor never hears of, its trouble does not
// touch: before the first request to it, a death is the same with any of them.
const MOMENTS = 1;
function momentsOf({ requests, firstAsked }: Died, seed: number): Moment[] {
  const all = Array.from({ length: requests }, (_, index) => index + 1).flatMap((request) =>
    (['cut-request', 'cut-reply'] as const).flatMap((death) =>
      (request < firstAsked ? ([null] as const) : TROUBLES).map((trouble) => ({ request, death, trouble })),
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
  'Mutation.discountBooking': 'one transaction, and nothing is said to the processor',
  'Mutation.acceptMandate': 'one transaction, and nothing is said to the processor',
  'Mutation.requestRefund': 'one transaction, and nothing is said to the processor',
  'event pass.granted': 'one transaction, and nothing is said to the processor',
  'event pass.kept': 'one transaction, and nothing is said to the processor',
  'event message.sent': 'one statement that may be repeated',
  'event client.flagged': 'one statement that may be repeated',
  'event phone.noted': 'one statement that may be repeated',
  'job check-attestation': 'one transaction for each business; an incident that is open is not opened again',
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

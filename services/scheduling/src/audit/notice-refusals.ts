import { Fault } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { actorOf } from './actor.ts';
import { recordChange } from './record-change.ts';

// A person who mistypes or whose page is old needs a few tries; a program that hammers would fill the audit log with one
// sentence. What goes beyond is still refused, and the limits of the gateway count it.
const REFUSALS_PER_MINUTE = 20;

/** Per process and minute, by who was refused. It starts anew each minute, so it can only hold a minute's callers. */
const counted = { minute: -1, byActor: new Map<string, number>() };

/** What was tried. */
export interface Attempt {
  readonly operation: string;
  readonly subject: { readonly type: 'Booking' | 'SlotHold'; readonly id: string };
}

/**
 * Runs a change and writes down when it is refused: by whom, what, and the code. In a transaction of its own, because that
 * of the change is rolled back.
 */
export async function noticeRefusals<Outcome extends object>(
  context: SchedulingContext,
  attempt: Attempt,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await work();
  } catch (error) {
    if (error instanceof Fault && ['NOT_FOUND', 'UNAUTHORIZED_FIELD_OR_TYPE'].includes(error.code))
      await record(context, attempt, error.code);
    throw error;
  }
  const code = refusalIn(outcome);
  if (code !== null) await record(context, attempt, code);
  return outcome;
}

function refusalIn(outcome: { __typename?: unknown; code?: unknown }): string | null {
  switch (outcome.__typename) {
    case 'PolicyViolation':
      return typeof outcome.code === 'string' ? outcome.code : 'POLICY';
    case 'VersionConflict':
      return 'VERSION_CONFLICT';
    case 'SlotUnavailable':
      return 'SLOT_UNAVAILABLE';
    case 'IdempotencyConflict':
      return 'IDEMPOTENCY_CONFLICT';
    default:
      return null;
  }
}

async function record(context: SchedulingContext, attempt: Attempt, code: string): Promise<void> {
  const { caller, clock, scheduling } = context;
  const now = clock();
  if (caller.organizationId === null || !withinBounds(`${caller.organizationId} ${caller.accountId}`, now))
    return;
  try {
    await scheduling.database.transaction(caller.organizationId, (tx) =>
      recordChange(tx, {
        actor: actorOf(caller),
        action: 'booking_change_refused',
        subject: attempt.subject,
        at: now,
        outcome: 'FAILURE',
        details: { operation: attempt.operation, code },
      }),
    );
  } catch (error) {
    // The refusal stands whether it could be written down or not; a full database must not turn it into an error.
    scheduling.log.error({ err: error, ...attempt, code }, 'a refused change could not be recorded');
  }
}

function withinBounds(actor: string, now: Date): boolean {
  const minute = Math.floor(now.getTime() / 60_000);
  if (minute !== counted.minute) {
    counted.minute = minute;
    counted.byActor.clear();
  }
  const count = (counted.byActor.get(actor) ?? 0) + 1;
  counted.byActor.set(actor, count);
  return count <= REFUSALS_PER_MINUTE;
}

const HOUR_MS = 3_600_000;
/** The business needs a day to give the slot to somebody else. */
const BEFORE_START_MS = 24 * HOUR_MS;
/** Nobody is asked to come back within minutes, unless the appointment itself begins by then. */
const AT_LEAST_MS = 2 * HOUR_MS;

/** Until when a client is waited for who must do something about the money of an appointment. */
export function actionDeadline(startsAt: Date, now: Date): Date {
  const usual = startsAt.getTime() - BEFORE_START_MS;
  const soonest = now.getTime() + AT_LEAST_MS;
  return new Date(Math.min(startsAt.getTime(), Math.max(usual, soonest)));
}

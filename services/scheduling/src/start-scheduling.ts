import { join } from 'node:path';
import { startInbox, startRelay } from '@kept/events';
import { decryptionFigure, openKeyring } from '@kept/field-encryption';
import { openCarrier, type Carrier } from '@kept/jobs';
import { openOutbound } from '@kept/outbound';
import {
  openClock,
  readSdl,
  startSubgraph,
  tlsOf,
  type Clock,
  type Lifetime,
  type Logger,
} from '@kept/subgraph-kit';
import { relations, verbs, withinPlaces } from './policies.ts';
import { expireHolds, expireHoldsHandler } from './bookings/expire-holds.job.ts';
import { sweepCalendars, sweepCalendarsHandler } from './calendar-connections/sweep-calendars.job.ts';
import { syncCalendarHandler } from './calendar-connections/sync-calendar.job.ts';
import { feedRoute } from './calendar-feeds/feed-route.ts';
import { openChangeFeed } from './changes/change-feed.ts';
import { changesRoute } from './changes/changes-route.ts';
import { sweepChanges, sweepChangesHandler } from './changes/sweep-changes.job.ts';
import type { SchedulingConfig } from './config.ts';
import { contextFor } from './context.ts';
import type { Scheduling } from './scheduling.ts';
import { openSchedulingDatabase, schedulingDeclarations } from './database.ts';
import { eventHandlers } from './handlers.ts';
import { sweepCounters, sweepCountersHandler } from './offers/sweep-counters.job.ts';
import { sendReminder, sendReminderHandler } from './reminders/send-reminder.job.ts';
import { sweepReminders, sweepRemindersHandler } from './reminders/sweep-reminders.job.ts';
import { openRequests } from './requests/open-requests.ts';
import { sweepRequests, sweepRequestsHandler } from './requests/sweep-requests.job.ts';
import { resolvers } from './resolvers.ts';
import { overdueReviews, overdueReviewsHandler } from './reviews/overdue-reviews.job.ts';
import { purgeHandler, purgeJob } from './retention/purge-expired.job.ts';
import { offerTimesHandler, sweepWaitlist, sweepWaitlistHandler } from './waitlist/offer-free-times.job.ts';
import { wakeWaitlistThrough } from './waitlist/wake-waitlist.ts';

const service = 'scheduling';
/** The slices stand beside the sources, also when this runs from `dist`. */
const sdlDirectory = join(import.meta.dirname, '../src');

interface Start {
  readonly config: SchedulingConfig;
  readonly log: Logger;
  readonly lifetime: Lifetime;
  readonly clock?: Clock;
}

/** Opens everything this process needs, by its settings, and starts serving, working or both. */
export async function startScheduling({ config, log, lifetime, clock: given }: Start): Promise<Scheduling> {
  const clock = given ?? openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
  const database = await openSchedulingDatabase(config, log);
  lifetime.onStop('database', () => database.close());
  await database.ready();
  const outbound = openOutbound({ development: config.KEPT_OUTBOUND_DEVELOPMENT === 'on' });
  lifetime.onStop('calls outside', () => outbound.stop());
  const carrier = openCarrier({
    service,
    redisUrl: config.REDIS_URL,
    postgresUrl: config.QUEUE_DATABASE_URL,
    log,
  });
  lifetime.onStop('queues', () => carrier.close());
  const scheduling: Scheduling = {
    database,
    outbound,
    keyring: openKeyring({ service, rootKey: config.KEPT_ROOT_KEY, clock, log }),
    clock,
    log,
    signingKey: config.KEPT_SIGNING_KEY,
    pastSigningKeys: config.KEPT_PAST_SIGNING_KEYS ?? [],
    manageLinks: linkSettingsOf(config),
    requests: openRequests({ rootKey: config.KEPT_ROOT_KEY, workAtRest: config.KEPT_REQUEST_WORK }),
    wakeReminder: wakeThrough(carrier, { clock, log }),
    wakeWaitlist: wakeWaitlistThrough(carrier, { clock, log }),
  };
  if (config.KEPT_RUN.includes('worker')) await startWork({ config, carrier, scheduling, lifetime });
  if (config.KEPT_RUN.includes('api')) {
    const feed = openChangeFeed({ database, clock, log });
    lifetime.onStop('changes', () => feed.stop());
    const subgraph = await startSubgraph({
      service,
      typeDefs: readSdl(sdlDirectory),
      resolvers,
      relations,
      verbs,
      withinPlaces,
      context: contextFor(scheduling),
      ready: () => database.ready(),
      routes: [
        changesRoute({ feed, passportKeys: config.KEPT_PASSPORT_KEYS, clock, log }),
        feedRoute(scheduling, config.KEPT_PASSPORT_KEYS),
      ],
      host: config.KEPT_HOST,
      port: config.KEPT_PORT,
      tls: tlsOf(config, log),
      passportKeys: config.KEPT_PASSPORT_KEYS,
      metricsToken: config.KEPT_METRICS_TOKEN,
      figures: [decryptionFigure(scheduling.keyring)],
      clock,
      log,
    });
    lifetime.onStop('graph', () => subgraph.stop());
  }
  return scheduling;
}

/** Both or neither: the configuration refuses half of it. */
function linkSettingsOf({
  KEPT_LINK_PUBLIC_KEY,
  KEPT_PUBLIC_URL,
}: SchedulingConfig): Scheduling['manageLinks'] {
  if (KEPT_LINK_PUBLIC_KEY === undefined || KEPT_PUBLIC_URL === undefined) return undefined;
  return { sealingKey: KEPT_LINK_PUBLIC_KEY, publicUrl: KEPT_PUBLIC_URL };
}

/** A hint only: when the queue does not take it, the sweep finds the row. */
function wakeThrough(
  carrier: Carrier,
  { clock, log }: { clock: Clock; log: Logger },
): Scheduling['wakeReminder'] {
  return ({ id, organizationId, dueAt }) => {
    const job = { id: `reminder-${id}`, delayMs: Math.max(0, dueAt.getTime() - clock().getTime()) };
    carrier.enqueue(sendReminder, { organizationId, reminderId: id }, job).catch((error: unknown) => {
      log.warn({ err: error, reminder: id }, 'a reminder was not queued; the sweep will find it');
    });
  };
}

async function startWork({
  config,
  carrier,
  scheduling,
  lifetime,
}: {
  config: SchedulingConfig;
  carrier: Carrier;
  scheduling: Scheduling;
  lifetime: Lifetime;
}): Promise<void> {
  const { database, clock, log, signingKey } = scheduling;
  const sweepMs = config.KEPT_SWEEP_SECONDS * 1000;
  const events = {
    database,
    carrier,
    service,
    signingKey,
    trustedKeys: config.KEPT_TRUSTED_KEYS,
    clock,
    log,
  } as const;
  const inbox = startInbox({ ...events, handlers: eventHandlers(scheduling) });
  lifetime.onStop('inbox', () => inbox.stop());
  const relay = startRelay({ ...events, pollMs: Math.min(sweepMs, 1000) });
  lifetime.onStop('relay', () => relay.stop());
  carrier.work([
    expireHoldsHandler(scheduling),
    sweepRequestsHandler(scheduling),
    overdueReviewsHandler(scheduling),
    sendReminderHandler(scheduling),
    sweepRemindersHandler(scheduling, carrier),
    purgeHandler(scheduling, schedulingDeclarations),
    sweepChangesHandler(scheduling),
    sweepCountersHandler(scheduling),
    syncCalendarHandler(scheduling),
    sweepCalendarsHandler(scheduling, carrier),
    offerTimesHandler(scheduling),
    sweepWaitlistHandler(scheduling),
  ]);
  for (const job of [
    expireHolds,
    sweepReminders,
    purgeJob,
    sweepChanges,
    sweepCounters,
    sweepRequests,
    overdueReviews,
    sweepCalendars,
  ])
    await carrier.every(job, { everyMs: sweepMs });
  // What no hint told of is rare, and looking for it reads many calendars.
  await carrier.every(sweepWaitlist, { everyMs: 5 * sweepMs });
}

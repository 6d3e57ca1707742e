import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { constraintOf, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { openZone } from '../availability/engine/zone.ts';
import { readZone } from '../availability/find-availability.ts';
import type { LimitReached } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId, readInstant } from '../input.ts';
import { readClock } from '../providers/clock-time.ts';
import type { JoinWaitlistInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { Service } from '../services/service.ts';
import { settle } from '../settle.ts';
import { findEntry, type Entry } from './entry.ts';
import { demandOfferedAmong } from './places-of-entries.ts';
import { endOfWish } from './turns.ts';

/** Whoever waits for everything keeps times from others for hours each. */
const ENTRIES_OF_CLIENT_MAX = 5;
const WINDOWS_MAX = 10;
const SEATS_MAX = 500;
const AHEAD_DAYS_MAX = 366;
/** An entry ends after three lapses; whoever joins anew each time would keep times from others without end. */
const LAPSES_A_MONTH = 6;

const limitReached: LimitReached = {
  __typename: 'LimitReached',
  message: `You already wait for ${ENTRIES_OF_CLIENT_MAX} times. Please leave one of them first.`,
  limit: ENTRIES_OF_CLIENT_MAX,
};

const lapsesReached: LimitReached = {
  __typename: 'LimitReached',
  message:
    'Several times were kept for you lately, and you did not answer. Please book a free time, or call us.',
  limit: LAPSES_A_MONTH,
};

/** Waits for a time that is taken. */
export function joinWaitlist(context: SchedulingContext, input: JoinWaitlistInput) {
  const asked = readRequest(context, input);
  const { caller, scheduling } = context;
  return settle<{ __typename: 'WaitlistJoined'; entry: Entry | null }, LimitReached>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'joinWaitlist',
        key: input.idempotencyKey,
        request: asked,
      };
      const { entryId } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        await demandClient(tx, context, asked.clientId);
        const service = await tx.manager.findOne(Service, { where: { id: asked.serviceId, active: true } });
        if (service === null) throw refused.notFound('service');
        await demandOfferedAmong(tx, caller, { serviceId: service.id, what: 'service' });
        const timeZone = asked.timeZone ?? (await zoneOfBusiness(tx));
        const endsAt = endOfWish({ zone: openZone(timeZone), windows: asked.windows });
        if (endsAt <= now) throw refused.badInput('These days are over.', { field: 'windows' });
        if (endsAt.getTime() > now.getTime() + AHEAD_DAYS_MAX * 86_400_000) {
          throw refused.badInput('Please wait for days within the next year.', { field: 'windows' });
        }
        const { active, lapses } = await countEntries(tx, { clientId: asked.clientId, now });
        if (active >= ENTRIES_OF_CLIENT_MAX) throw notDone(limitReached);
        if (lapses >= LAPSES_A_MONTH) throw notDone(lapsesReached);
        const id = randomUUID();
        await writeEntry(tx, { ...asked, id, timeZone, endsAt, now });
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'waitlist_joined',
          subject: { type: 'WaitlistEntry', id },
          dataSubjectId: asked.clientId,
          at: now,
        });
        const { organizationId } = service;
        // The time may have become free between the client's look at the calendar and now.
        tx.afterCommit(() => scheduling.wakeWaitlist({ organizationId, at: now, around: null }));
        return { entryId: id };
      });
      return { __typename: 'WaitlistJoined', entry: await findEntry(tx, entryId) };
    }),
  );
}

function readRequest(context: SchedulingContext, input: JoinWaitlistInput) {
  const { caller } = context;
  if (caller.kind === 'STAFF' && input.clientId == null) {
    throw refused.badInput('Please say for whom: "clientId".', { field: 'clientId' });
  }
  const [earliestMinute, latestMinute] = [
    readClock(input.earliest ?? '00:00', 'earliest'),
    readClock(input.latest ?? '24:00', 'latest'),
  ];
  if (latestMinute <= earliestMinute) {
    throw refused.badInput('"latest" must be after "earliest".', { field: 'latest' });
  }
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    providerId: input.providerId == null ? null : readId(input.providerId, 'providerId'),
    clientId: readId(input.clientId ?? caller.accountId ?? '', 'clientId'),
    windows: readWindows(input.windows),
    earliestMinute,
    latestMinute,
    timeZone: input.timeZone == null ? null : readZone(input.timeZone).name,
    seats: readCount(input.seats ?? 1, { field: 'seats', min: 1, max: SEATS_MAX }),
  };
}

function readWindows(windows: JoinWaitlistInput['windows']): { from: string; to: string }[] {
  readCount(windows.length, { field: 'windows', min: 1, max: WINDOWS_MAX });
  const read = windows
    .map(({ from, to }) => ({ from: readDate(from), to: readDate(to) }))
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
  for (const [index, { from, to }] of read.entries()) {
    if (to < from) throw refused.badInput('A window ends before it starts.', { field: 'windows' });
    const next = read[index + 1];
    if (next !== undefined && next.from <= to) {
      throw refused.badInput('Two windows name the same day.', { field: 'windows' });
    }
  }
  return read;
}

function readDate(value: string): string {
  const midnight = new Date(`${value}T00:00:00Z`);
  // JavaScript makes 3 March of 31 February; what comes back must be what came.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== value) {
    throw refused.badInput('"windows" must be existing dates, such as 2027-03-01.', { field: 'windows' });
  }
  readInstant(midnight, 'windows');
  return value;
}

async function demandClient(tx: Transaction, context: SchedulingContext, clientId: string): Promise<void> {
  if (!may(context.ability, 'book-for', 'Client', { id: clientId })) throw refused.forbidden();
  if (context.caller.kind === 'CLIENT') return;
  const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [clientId]);
  if (known === undefined) throw refused.notFound('client');
}

async function zoneOfBusiness(tx: Transaction): Promise<string> {
  const [profile] = await tx.query<{ time_zone: string }>('SELECT time_zone FROM organization_profile');
  if (profile === undefined)
    throw refused.unavailable('Your organization is still being set up. Please try again.');
  return profile.time_zone;
}

/** The lock makes two requests of one client count one after the other. */
async function countEntries(
  tx: Transaction,
  { clientId, now }: { clientId: string; now: Date },
): Promise<{ active: number; lapses: number }> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `waitlist entries of ${clientId}`,
  ]);
  const [row] = await tx.query<{ active: number; lapses: number }>(
    `SELECT count(*) FILTER (WHERE status IN ('WAITING', 'OFFERED'))::int AS active,
            COALESCE(sum(lapses) FILTER (WHERE joined_at > $2::timestamptz - interval '30 days'), 0)::int AS lapses
     FROM waitlist_entry WHERE client_id = $1`,
    [clientId, now],
  );
  return row ?? { active: 0, lapses: 0 };
}

async function writeEntry(
  tx: Transaction,
  entry: Omit<ReturnType<typeof readRequest>, 'timeZone'> & {
    id: string;
    timeZone: string;
    endsAt: Date;
    now: Date;
  },
): Promise<void> {
  try {
    await tx.query(
      `INSERT INTO waitlist_entry (id, organization_id, client_id, service_id, provider_id, seats, time_zone,
         earliest_minute, latest_minute, status, version, turn_since, lapses, joined_at, ends_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'WAITING', 1, $10, 0, $10, $11)`,
      [
        entry.id,
        tx.organizationId,
        entry.clientId,
        entry.serviceId,
        entry.providerId,
        entry.seats,
        entry.timeZone,
        entry.earliestMinute,
        entry.latestMinute,
        entry.now,
        entry.endsAt,
      ],
    );
  } catch (error) {
    if (constraintOf(error) === 'waiting_for_our_provider') throw refused.notFound('provider');
    throw error;
  }
  await tx.query(
    `INSERT INTO waitlist_window (organization_id, entry_id, from_date, to_date)
     SELECT $1, $2, w.* FROM unnest($3::date[], $4::date[]) AS w`,
    [tx.organizationId, entry.id, entry.windows.map(({ from }) => from), entry.windows.map(({ to }) => to)],
  );
}

import { randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readText } from '../input.ts';
import { readProviders } from '../providers/read-providers.ts';
import { inOrganization } from '../scheduling.ts';
import type { CalendarFailure, ConnectCalendarInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { sealAccess, type CalendarAccess } from './calendar-access.ts';
import { failureOf, SENTENCES } from './calendar-failed.ts';
import { CONNECTIONS_MAX, READ_EVERY_MINUTES, readConnections, type Connection } from './connection.ts';
import { readCalendar, type CalendarReading } from './read-calendar.ts';
import { replaceBusy } from './replace-busy.ts';

interface Connected {
  __typename: 'CalendarConnected';
  connection: Connection;
}
interface NotReadable {
  __typename: 'CalendarNotReadable';
  failure: CalendarFailure;
  message: string;
}
interface TooMany {
  __typename: 'LimitReached';
  message: string;
  limit: number;
}

// Within what the gateway waits for a subgraph.
const READ_MS = 8_000;

/**
 * Connects a calendar of one's own. It is read first, outside of any transaction: one that cannot be read leaves nothing
 * behind, and one that can blocks its times with the very answer.
 */
export function connectCalendar(context: SchedulingContext, input: ConnectCalendarInput) {
  const { caller, scheduling } = context;
  const providerId = caller.accountId;
  if (providerId === null) throw refused.unauthenticated();
  const access = readAccess(input);
  return settle<Connected, NotReadable | TooMany>(async (notDone) => {
    const ownZone = await inOrganization(context, async (tx) => {
      const [provider] = await readProviders(tx, { ids: [providerId] });
      if (provider === undefined) throw refused.notFound('provider');
      return provider.timeZone;
    });
    const now = context.clock();
    const asked = { access, seen: null, ownZone, now, totalMs: READ_MS };
    const reading = await readCalendar(scheduling.outbound, asked).catch((error: unknown) => {
      const failure = failureOf(error);
      throw notDone({ __typename: 'CalendarNotReadable', failure, message: SENTENCES[failure] });
    });
    if (reading === undefined) throw new Error('a calendar that was never seen cannot be unchanged');
    return inOrganization(context, async (tx) => {
      const key = { actor: providerId, operation: 'connectCalendar', key: input.idempotencyKey };
      // What is kept of a request is a plain hash: a password must not be guessed against it.
      const place = { table: 'calendar_connection', column: 'access' };
      const request = await scheduling.keyring.blindIndex(tx, place, JSON.stringify(access));
      const { id } = await onceByKey(tx, { ...key, request: request.toString('hex') }, async () => {
        // The lock lets a person's calendars be counted and added one after the other.
        await tx.query('SELECT id FROM provider WHERE id = $1 FOR UPDATE', [providerId]);
        if ((await readConnections(tx, { providerId })).length >= CONNECTIONS_MAX) {
          const message = `You can connect up to ${CONNECTIONS_MAX} calendars. Please end one first.`;
          throw notDone({ __typename: 'LimitReached', message, limit: CONNECTIONS_MAX });
        }
        return { id: await keepConnection(context, tx, { providerId, access, reading, now }) };
      });
      const [connection] = await readConnections(tx, { id });
      if (connection === undefined) throw refused.notFound('calendar connection');
      return { __typename: 'CalendarConnected', connection };
    });
  });
}

async function keepConnection(
  { caller, scheduling }: SchedulingContext,
  tx: Transaction,
  made: { providerId: string; access: CalendarAccess; reading: CalendarReading; now: Date },
): Promise<string> {
  const { providerId, access, reading, now } = made;
  const id = randomUUID();
  await tx.query(
    `INSERT INTO calendar_connection (id, organization_id, provider_id, kind, access, version, created_at, last_worked_at,
       next_sync_at, covered_until, state_seen) VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7, $8, $9)`,
    [
      id,
      tx.organizationId,
      providerId,
      access.kind,
      await sealAccess(tx, scheduling.keyring, { id, providerId, access }),
      now,
      new Date(now.getTime() + READ_EVERY_MINUTES * 60_000),
      reading.coveredUntil,
      reading.state,
    ],
  );
  await replaceBusy(tx, { id, providerId, busy: reading.busy });
  await recordChange(tx, {
    actor: caller,
    action: 'calendar_connected',
    subject: { type: 'CalendarConnection', id },
    at: now,
    details: { kind: access.kind },
  });
  return id;
}

const LENGTH_MAX = 2_000;

function readAccess({ icsUrl, caldav }: ConnectCalendarInput): CalendarAccess {
  if ((icsUrl == null) === (caldav == null)) {
    throw refused.badInput('Please give either "icsUrl" or "caldav".', { field: 'icsUrl' });
  }
  const demand = (value: string | null | undefined, field: string): string => {
    const text = readText(value, { field, lengthMax: LENGTH_MAX });
    if (text === null) throw refused.badInput(`"${field}" is empty.`, { field });
    return text;
  };
  if (caldav == null) return { kind: 'ICS', url: demand(icsUrl, 'icsUrl') };
  const serverUrl = demand(caldav.serverUrl, 'caldav.serverUrl');
  if ((caldav.token == null) === (caldav.password == null)) {
    throw refused.badInput('Please give either a password or a token.', { field: 'caldav.password' });
  }
  if (caldav.token != null)
    return { kind: 'CALDAV', serverUrl, user: null, secret: demand(caldav.token, 'caldav.token') };
  const user = demand(caldav.user, 'caldav.user');
  // RFC 7617 §2: what stands before the first colon is the name.
  if (user.includes(':')) throw refused.badInput('A name cannot have a colon.', { field: 'caldav.user' });
  return { kind: 'CALDAV', serverUrl, user, secret: demand(caldav.password, 'caldav.password') };
}

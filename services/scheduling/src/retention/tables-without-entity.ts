import { declareTable, notPersonal, personal } from '@kept/personal-data';
import { absenceDeclarations } from '../providers/declarations.ts';
import { calendarConnectionDeclarations } from '../calendar-connections/declarations.ts';
import { calendarFeedDeclarations } from '../calendar-feeds/declarations.ts';
import { attendeeDeclarations } from '../attendees/declarations.ts';
import { limitsDeclarations } from '../limits/declarations.ts';
import { resourcesDeclarations } from '../resources/declarations.ts';
import { servicesDeclarations } from '../services/declarations.ts';
import { sessionsDeclarations } from '../sessions/declarations.ts';
import { passDeclarations } from '../passes/declarations.ts';
import { seriesDeclarations } from '../series/declarations.ts';
import { unexpectedChangesDeclarations } from '../unexpected-changes/declarations.ts';
import { waitlistDeclarations } from '../waitlist/declarations.ts';
import { intakeDeclarations } from '../intake/declarations.ts';
import { linkDeclarations } from '../links/declarations.ts';
import { reminderDeclarations } from '../reminders/declarations.ts';
import { requestDeclarations } from '../requests/declarations.ts';
import { habitDeclarations } from '../bookings/habit-declarations.ts';
import { reviewDeclarations } from '../reviews/declarations.ts';
import { sealedNoteDeclarations } from '../sealed-notes/declarations.ts';
import { allocationsAfterTwoYears, zonesForTwoYears } from './retention-rules.ts';

const business = notPersonal('A business');
const hours = notPersonal('Hours in which the business is open');

/** Tables that are only read and written in SQL. */
export const tablesWithoutEntity = [
  ...unexpectedChangesDeclarations,
  ...calendarFeedDeclarations,
  ...calendarConnectionDeclarations,
  ...seriesDeclarations,
  ...passDeclarations,
  ...waitlistDeclarations,
  ...servicesDeclarations,
  ...resourcesDeclarations,
  ...sessionsDeclarations,
  ...absenceDeclarations,
  ...limitsDeclarations,
  ...reminderDeclarations,
  ...requestDeclarations,
  ...reviewDeclarations,
  ...habitDeclarations,
  ...attendeeDeclarations,
  declareTable('organization_profile', {
    organization_id: business,
    name: notPersonal('What the business is called'),
    time_zone: notPersonal('Where the business is'),
    currency: notPersonal('What the business charges in'),
  }),
  declareTable('client', {
    id: notPersonal('Random reference of a client; identity alone knows who it is'),
    organization_id: business,
    registered_at: notPersonal('When this service learned of the reference'),
    time_zone: personal({
      subject: 'client.id',
      category: 'pd:Location',
      purposes: ['booking.reminder'],
      basis: 'gdpr:A6-1-a',
      reason: 'So that no reminder comes in the middle of your night',
      retention: zonesForTwoYears,
      erase: 'delete',
      export: 'none',
      inClearBecause: 'A zone is shared by millions and says little without the name.',
    }),
  }),
  declareTable('weekly_rule', {
    id: notPersonal('Random reference'),
    organization_id: business,
    provider_id: notPersonal('Random reference of a staff member'),
    day_of_week: hours,
    start_minute: hours,
    end_minute: hours,
  }),
  declareTable('date_override', {
    id: notPersonal('Random reference'),
    organization_id: business,
    provider_id: notPersonal('Random reference of a staff member'),
    on_date: hours,
    start_minute: hours,
    end_minute: hours,
  }),
  declareTable('booking_change', {
    position: notPersonal('Order of changes'),
    organization_id: business,
    kind: notPersonal('Whether a booking, an absence or a closure changed'),
    booking_id: notPersonal('Random reference; what changed stands nowhere here'),
    provider_id: notPersonal('Random reference of a staff member'),
    written_by: notPersonal('Number of a transaction'),
    written_at: notPersonal('When it changed; forgotten after an hour'),
  }),
  declareTable('booking_resource', {
    organization_id: business,
    booking_id: notPersonal('Random reference of a booking'),
    resource_id: notPersonal('Random reference of what is booked'),
    kind: notPersonal('A staff member, a room or a device'),
    role: notPersonal('What it is needed for'),
  }),
  declareTable('allocation', {
    id: notPersonal('Random reference'),
    organization_id: business,
    resource_id: notPersonal('Random reference of what is booked'),
    owner_kind: notPersonal('What blocks the time'),
    owner_id: notPersonal('Random reference of a hold or a booking'),
    period: personal({
      subject: 'booking.client_id',
      category: 'kept:Schedule',
      purposes: ['booking.service'],
      basis: 'gdpr:A6-1-b',
      reason: 'So that nobody else is booked at your time',
      retention: allocationsAfterTwoYears,
      erase: 'keep',
      export: 'none',
    }),
    status: notPersonal('Whether the time is held, taken or free again'),
    expires_at: notPersonal('When an unconfirmed time is free again'),
    starts_at: notPersonal('Start of the period, for the index'),
    ends_at: notPersonal('End of the period, for the index'),
  }),
  ...linkDeclarations,
  ...intakeDeclarations,
  ...sealedNoteDeclarations,
];

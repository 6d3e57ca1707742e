import { refused } from '@kept/subgraph-kit';
import { findAvailableDays, type AvailableDay } from '../availability/find-available-days.ts';
import type { SchedulingContext } from '../context.ts';
import { schedulingDeclarations } from '../database.ts';
import { readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import { Service } from '../services/service.ts';
import { amount, languageOf, lengthOfTime } from './languages.ts';
import type { NoticeLanguage, StatedRules } from './notice-language.ts';
import { writeNotice, type WrittenNotice } from './write-notice.ts';

/** A booking page without its free days, which are looked for when they are asked for. */
export interface BookingPage {
  readonly service: Service;
  readonly organizationName: string;
  readonly timeZone: string;
  readonly language: string;
  readonly policies: string[];
  readonly privacyNotice: WrittenNotice;
  /** The zone that free days are counted in. */
  readonly zoneOfDays: string;
}

const DAYS_AHEAD = 31;
const DAYS_SHOWN = 5;

/** What a page shows of a service. Two look-ups; the notice is written from the declarations. */
export function bookingPage(
  context: SchedulingContext,
  asked: { serviceId: string; language: string; timeZone?: string | null | undefined },
): Promise<BookingPage> {
  const serviceId = readId(asked.serviceId, 'serviceId');
  const language = languageOf(asked.language);
  return inOrganization(context, async (tx) => {
    const service = await tx.manager.findOne(Service, { where: { id: serviceId, active: true } });
    const [profile] = await tx.query<{ name: string; time_zone: string }>(
      'SELECT name, time_zone FROM organization_profile',
    );
    if (service === null || profile === undefined) throw refused.notFound('service');
    const publicUrl = context.scheduling.manageLinks?.publicUrl ?? '';
    return {
      service,
      organizationName: profile.name,
      timeZone: profile.time_zone,
      language: language.code,
      policies: statedRules(service, language),
      privacyNotice: writeNotice(schedulingDeclarations, {
        language,
        organizationName: profile.name,
        publicUrl,
      }),
      zoneOfDays: asked.timeZone ?? profile.time_zone,
    };
  });
}

/** The next days with free times, from the day it is now where the person is. */
export async function nextDays(context: SchedulingContext, page: BookingPage): Promise<AvailableDay[]> {
  const days = await findAvailableDays(context, {
    serviceId: page.service.id,
    timeZone: page.zoneOfDays,
    firstDay: localDate(context.clock(), page.zoneOfDays),
    days: DAYS_AHEAD,
    addOnIds: [],
    seats: 1,
  });
  return days.slice(0, DAYS_SHOWN);
}

// Sweden writes dates as ISO 8601 does.
const localDate = (now: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);

/** The rules of a service as sentences, in the order in which people meet them. */
export function statedRules(service: Service, language: NoticeLanguage): string[] {
  const until = (minutes: number): string | null => (minutes === 0 ? null : lengthOfTime(language, minutes));
  const { currency } = service;
  const fee = (minor: number | null, percent: number | null): string | null => {
    if (minor !== null) return amount(language, minor, currency);
    return percent === null
      ? null
      : amount(language, Math.round((service.priceMinor * percent) / 100), currency);
  };
  const rules: StatedRules = {
    cancelUntil: until(service.cancellationWindowMinutes),
    moveUntil: until(service.rescheduleWindowMinutes),
    moves: service.reschedulesMax,
    deposit: fee(service.depositMinor, null),
    leadTime: until(service.minimumLeadMinutes),
    approval: service.approvalRequired,
    noShowFee: fee(service.noShowFeeMinor, service.noShowFeePercent),
    lateFee: fee(service.lateCancellationFeeMinor, service.lateCancellationFeePercent),
  };
  return language.rules(rules).filter((sentence): sentence is string => sentence !== null && sentence !== '');
}

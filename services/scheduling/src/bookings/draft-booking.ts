import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { refusalOfStart } from '../availability/engine/offer.ts';
import { readWorkingTimes } from '../availability/read-calendars.ts';
import { Service } from '../services/service.ts';
import { Booking } from './booking.ts';
import { HOLD_MINUTES, SlotHold } from './slot-hold.ts';
import { violationOf, type PolicyViolation } from './violations.ts';

/** What was asked for, checked for form. */
export interface HoldRequest {
  serviceId: string;
  providerId: string;
  clientId: string;
  startsAt: Date;
  notes: string | null;
}

type ColumnsOf<Entity> = {
  [
    Name in keyof Entity as Entity[Name] extends (...parameters: never[]) => unknown ? never : Name
  ]: Entity[Name];
};

/** The booking that would come of a request under the service's terms, or the rule that stands against it. */
export async function draftBooking(
  tx: Transaction,
  { asked, now, organizationId }: { asked: HoldRequest; now: Date; organizationId: string },
): Promise<Booking | PolicyViolation> {
  const service = await tx.manager.findOne(Service, { where: { id: asked.serviceId, active: true } });
  if (service === null) throw refused.notFound('service');
  const startMinute = asked.startsAt.getTime() / 60_000;
  const range = { start: startMinute, end: startMinute + service.durationMinutes };
  const [time] = await readWorkingTimes(tx, { ...asked, range });
  if (time === undefined) return violationOf('NOT_OFFERED');
  const refusal = refusalOfStart(time, service, { startMinute, nowMinute: now.getTime() / 60_000 });
  if (refusal !== null) return violationOf(refusal);
  return Object.assign(new Booking(), {
    id: randomUUID(),
    organizationId,
    clientId: asked.clientId,
    providerId: asked.providerId,
    serviceId: asked.serviceId,
    status: service.depositMinor === null ? 'PENDING_CONFIRMATION' : 'PENDING_PAYMENT',
    version: 1,
    startsAt: asked.startsAt,
    endsAt: new Date(range.end * 60_000),
    timeZone: time.zone.name,
    heldUntil: new Date(now.getTime() + HOLD_MINUTES * 60_000),
    bufferBeforeMinutes: service.bufferBeforeMinutes,
    bufferAfterMinutes: service.bufferAfterMinutes,
    cancellationWindowMinutes: service.cancellationWindowMinutes,
    rescheduleWindowMinutes: service.rescheduleWindowMinutes,
    reschedulesMax: service.reschedulesMax,
    rescheduleCount: 0,
    priceMinor: service.priceMinor,
    depositMinor: service.depositMinor,
    currency: service.currency,
    cancelledBy: null,
    cancellationReason: null,
    notes: null,
    createdAt: now,
  } satisfies ColumnsOf<Booking>);
}

/** The hold that keeps a new booking's time. */
export function draftHold(booking: Booking): SlotHold {
  return Object.assign(new SlotHold(), {
    id: randomUUID(),
    organizationId: booking.organizationId,
    bookingId: booking.id,
    clientId: booking.clientId,
    status: 'LIVE' as const,
    expiresAt: booking.heldUntil,
    createdAt: booking.createdAt,
  });
}

/** The life of reminders as a person would tell it, to hold the real thing against. Winter in London: its clock is UTC. */
import { randomUUID } from 'node:crypto';
import type { EventPayload } from '@kept/events';
import type { Caller } from '@kept/passport';
import { book, CANCEL, mutate, RESCHEDULE } from '../operations-for-tests.ts';
import { eventsIn } from '../outbox-for-tests.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';
import { onMessageDecided, onMessageSent } from './on-message-outcome.ts';
import { remind } from './send-reminder.job.ts';
import { findDueReminders } from './sweep-reminders.job.ts';

const HOUR = 3_600_000;
const DISTANCES = [24 * HOUR, 2 * HOUR];
export const FIRST_DAY = Date.UTC(2027, 1, 2);

interface Told {
  readonly booking: ModelBooking;
  readonly messageId: string;
  readonly startsAt: number;
  left: boolean;
}

interface ModelBooking {
  readonly id: string;
  version: number;
  startsAt: number;
  standing: boolean;
  plannedAt: number;
  /** Those asked for since it was last planned. */
  asked: number;
}

const isNight = (at: number): boolean => {
  const minutes = (at / 60_000) % 1440;
  return minutes > 21 * 60 + 15 || minutes < 8 * 60;
};

/** When a person would be reminded: so long before, or at nine in the evening before. */
export function duesOf(startsAt: number): number[] {
  const civil = DISTANCES.map((distance) => startsAt - distance).map((meant) => {
    const midnight = meant - (meant % (24 * HOUR));
    const isEarly = meant < midnight + 8 * HOUR;
    const isLate = meant > midnight + 21 * HOUR;
    return isEarly ? midnight - 3 * HOUR : isLate ? midnight + 21 * HOUR : meant;
  });
  return [...new Set(civil)];
}

/** The real service and the model beside it. Every step ends by comparing what was asked for with what may be. */
export class ReminderWorld {
  readonly bookings: ModelBooking[] = [];
  readonly told: Told[] = [];
  #seen = 0;
  readonly #test: TestScheduling;
  readonly #business: TestBusiness;
  readonly #client: Caller;

  constructor(test: TestScheduling, business: TestBusiness, client: Caller) {
    this.#test = test;
    this.#business = business;
    this.#client = client;
  }

  get now(): number {
    return this.#test.clock().getTime();
  }

  isFree(startsAt: number): boolean {
    return (
      startsAt > this.now && !this.bookings.some((other) => other.standing && other.startsAt === startsAt)
    );
  }

  async create(startsAt: number): Promise<void> {
    const slot = { ...this.#business, startsAt: new Date(startsAt).toISOString() };
    const { id, version } = await book(this.#test, this.#client, slot);
    this.bookings.push({ id, version, startsAt, standing: true, plannedAt: this.now, asked: 0 });
    await this.#compare();
  }

  async move(booking: ModelBooking, startsAt: number): Promise<void> {
    const input = {
      bookingId: booking.id,
      expectedVersion: booking.version,
      startsAt: new Date(startsAt).toISOString(),
    };
    const { __typename } = await mutate(this.#test, this.#client, { query: RESCHEDULE, input });
    expect(__typename).toBe('BookingRescheduled');
    Object.assign(booking, { startsAt, plannedAt: this.now, asked: 0, version: booking.version + 1 });
    await this.#compare({ calledBack: booking });
  }

  async cancel(booking: ModelBooking): Promise<void> {
    const input = { bookingId: booking.id, expectedVersion: booking.version };
    const { __typename } = await mutate(this.#test, this.#client, { query: CANCEL, input });
    expect(__typename).toBe('BookingCancelled');
    Object.assign(booking, { standing: false, version: booking.version + 1 });
    await this.#compare({ calledBack: booking });
  }

  /** A job of any reminder there ever was: early, late, twice at once, of a booking that is gone. */
  async deliver(which: number): Promise<void> {
    const woken = this.#test.woken.filter(
      ({ organizationId }) => organizationId === this.#business.organizationId,
    );
    const job = woken[which % Math.max(woken.length, 1)];
    if (!job) return;
    const data = { organizationId: job.organizationId, reminderId: job.id };
    await Promise.all([remind(this.#test.scheduling, data), remind(this.#test.scheduling, data)]);
    await this.#compare();
  }

  async sweep(): Promise<void> {
    const due = await findDueReminders(this.#test.scheduling);
    for (const data of due)
      if (data.organizationId === this.#business.organizationId) await remind(this.#test.scheduling, data);
    await this.#compare();
  }

  /** Compliance answers the oldest open request, and where it may leave, identity says that it left. */
  async decide(allowed: boolean): Promise<void> {
    const open = this.told.find(({ left }) => !left);
    if (!open) return;
    const { messageId } = open;
    const { organizationId } = this.#business;
    await this.#test.database.transaction(organizationId, async (tx) => {
      const decided = { messageId, allowed, reason: 'any', receiptId: allowed ? randomUUID() : null };
      await onMessageDecided(tx, decided as EventPayload<'message.decided'>);
      const sentAt = new Date(this.now).toISOString();
      if (allowed) await onMessageSent(tx, { messageId, template: 'booking-reminder', sentAt });
    });
    open.left = true;
    await this.#compare();
  }

  /** Whatever was asked for or called back since the last look must be what the model would have. */
  async #compare({ calledBack }: { calledBack?: ModelBooking } = {}): Promise<void> {
    const events = await eventsIn(this.#test.database, this.#business.organizationId);
    const fresh = events.slice(this.#seen);
    this.#seen = events.length;
    const withdrawn = fresh.filter(({ name }) => name === 'message.withdrawn').map(({ payload }) => payload);
    const underWay = this.told.filter(({ booking, left }) => booking === calledBack && !left);
    expect(withdrawn.map((payload) => (payload as { messageId: string }).messageId).toSorted()).toEqual(
      underWay.map(({ messageId }) => messageId).toSorted(),
    );
    for (const told of underWay) told.left = true;
    for (const { name, payload } of fresh) {
      const request = payload as EventPayload<'message.requested'>;
      if (name === 'message.requested' && request.template === 'booking-reminder') this.#accept(request);
    }
  }

  #accept({ messageId, parameters }: EventPayload<'message.requested'>): void {
    const booking = this.bookings.find(({ id }) => id === parameters['bookingId']);
    if (!booking) throw new Error('a reminder of no booking');
    expect(booking.standing).toBe(true);
    expect(parameters['startsAt']).toBe(new Date(booking.startsAt).toISOString());
    expect(this.now).toBeLessThan(booking.startsAt);
    expect(isNight(this.now)).toBe(false);
    const due = duesOf(booking.startsAt).filter((at) => at <= this.now && at > booking.plannedAt);
    booking.asked += 1;
    expect(booking.asked).toBeLessThanOrEqual(due.length);
    this.told.push({ booking, messageId, startsAt: booking.startsAt, left: false });
  }
}

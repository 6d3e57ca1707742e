/**
 * What the life of bookings should be, written a second time and as simply as can be: lists, loops and plain numbers, no
 * database. `life-cycle.property.test.ts` lives both at once and compares them after every step. Times are epoch minutes.
 */

/** The terms of a service that matter here. */
export interface ModelService {
  readonly id: string;
  readonly minutes: number;
  readonly depositMinor: number | null;
  readonly approval: boolean;
}

export type ModelStatus = 'HELD' | 'EXPIRED' | 'PENDING_APPROVAL' | 'CONFIRMED' | 'CANCELLED' | 'DECLINED';

export interface ModelBooking {
  readonly id: string;
  readonly holdId: string;
  /** The series it is one of; null for most. */
  readonly seriesId: string | null;
  readonly client: number;
  readonly service: ModelService;
  provider: string;
  start: number;
  status: ModelStatus;
  version: number;
  heldUntil: number;
  decideBy: number;
  moves: number;
  /** How often it came to stand: once at most, whatever happens. */
  confirmations: number;
  /** How often payments was told to let the money go. */
  refusals: number;
  /** Whether the client has done all they can: then the hold is spent. */
  accepted: boolean;
}

export const HOLD_MINUTES = 15;
export const DECISION_MINUTES = 2880;
const LIVE_HOLDS_MAX = 3;
const MOVES_MAX = 2;
const WINDOW_MINUTES = 1440;

export class Model {
  readonly bookings: ModelBooking[] = [];

  constructor(
    readonly providers: readonly string[],
    public now: number,
  ) {}

  /** What a person is shown: time ends holds and waiting, swept or not. */
  shown(booking: ModelBooking): ModelStatus {
    const over =
      (booking.status === 'HELD' && booking.heldUntil <= this.now) ||
      (booking.status === 'PENDING_APPROVAL' && booking.decideBy <= this.now);
    return over ? 'EXPIRED' : booking.status;
  }

  /** Whether it keeps its time from others. Who waits for a decision does until somebody has noticed that it is too late. */
  blocks(booking: ModelBooking): boolean {
    if (booking.status === 'HELD') return booking.heldUntil > this.now;
    return booking.status === 'PENDING_APPROVAL' || booking.status === 'CONFIRMED';
  }

  isFree(wanted: { provider: string; start: number; minutes: number }, except?: ModelBooking): boolean {
    const end = wanted.start + wanted.minutes;
    return !this.bookings.some(
      (other) =>
        other !== except &&
        this.blocks(other) &&
        other.provider === wanted.provider &&
        other.start < end &&
        wanted.start < other.start + other.service.minutes,
    );
  }

  liveHoldsOf(client: number): number {
    return this.bookings.filter((booking) => booking.client === client && this.shown(booking) === 'HELD')
      .length;
  }

  /** Who could be booked; nobody when all are taken or the client keeps too many times already. */
  answerToHold(
    client: number,
    wish: { provider: string | null; start: number; service: ModelService },
  ): { answer: 'SlotHold' | 'SlotUnavailable' | 'LimitReached'; providers: string[] } {
    const asked = wish.provider === null ? this.providers : [wish.provider];
    const minutes = wish.service.minutes;
    const providers = asked.filter((provider) => this.isFree({ provider, start: wish.start, minutes }));
    if (providers.length === 0) return { answer: 'SlotUnavailable', providers };
    if (this.liveHoldsOf(client) >= LIVE_HOLDS_MAX) return { answer: 'LimitReached', providers: [] };
    return { answer: 'SlotHold', providers };
  }

  /** Which times of a series would be booked; none when it is all or nothing and one is taken. */
  timesOfSeries(
    wish: { provider: string; starts: readonly number[]; service: ModelService },
    mode: 'ALL_OR_NOTHING' | 'WHAT_IS_FREE',
  ): number[] {
    const { provider, service } = wish;
    const free = wish.starts.filter((start) => this.isFree({ provider, start, minutes: service.minutes }));
    return mode === 'ALL_OR_NOTHING' && free.length < wish.starts.length ? [] : free;
  }

  /** What calling off a whole series calls off. */
  cancelledWith(seriesId: string): ModelBooking[] {
    return this.bookings.filter(
      (booking) => booking.seriesId === seriesId && this.canBeCancelled(booking) && booking.start > this.now,
    );
  }

  /** The client has done all they can. */
  accept(booking: ModelBooking): void {
    booking.accepted = true;
    booking.status = booking.service.approval ? 'PENDING_APPROVAL' : 'CONFIRMED';
    booking.decideBy = this.now + DECISION_MINUTES;
    if (booking.status === 'CONFIRMED') booking.confirmations += 1;
    booking.version += 1;
  }

  answerOfAccepted({ status }: ModelBooking): 'BookingRequested' | 'BookingConfirmed' {
    return status === 'PENDING_APPROVAL' ? 'BookingRequested' : 'BookingConfirmed';
  }

  approve(booking: ModelBooking): void {
    booking.status = 'CONFIRMED';
    booking.confirmations += 1;
    booking.version += 1;
  }

  end(booking: ModelBooking, status: 'EXPIRED' | 'CANCELLED' | 'DECLINED'): void {
    booking.status = status;
    booking.version += 1;
  }

  /** Why a client may not move a booking, in the order in which they are told. */
  refusalOfMove(booking: ModelBooking): string | null {
    if (this.shown(booking) !== 'CONFIRMED') return 'NOT_ACTIVE';
    if (this.now >= booking.start) return 'ALREADY_STARTED';
    if (booking.moves >= MOVES_MAX) return 'RESCHEDULE_LIMIT';
    return this.now <= booking.start - WINDOW_MINUTES ? null : 'RESCHEDULE_WINDOW';
  }

  canBeCancelled(booking: ModelBooking): boolean {
    return ['HELD', 'PENDING_APPROVAL', 'CONFIRMED'].includes(this.shown(booking));
  }

  /** What does not stand yet owes nothing. */
  refundPercent(booking: ModelBooking): number {
    if (booking.status !== 'CONFIRMED') return 100;
    return this.now <= booking.start - WINDOW_MINUTES ? 100 : 0;
  }

  /** What the arbiter must hold at this moment. */
  taken(): string[] {
    return this.bookings
      .filter((booking) => this.blocks(booking))
      .map(({ provider, start, service }) => `${provider} ${start} ${start + service.minutes}`)
      .toSorted();
  }
}

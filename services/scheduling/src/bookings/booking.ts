import { Column, Entity, PrimaryColumn } from 'typeorm';
import { invariant } from '@kept/subgraph-kit';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheBooking, timeOfTheBooking, wordsOfTheBooking } from '../retention/retention-rules.ts';
import type { BookingStatus } from '../schema-types.ts';
import { minorUnits } from '../services/minor-units.ts';
import type { BookedWindow } from '../arbiter/booked-window.ts';
import { HELD, MOVES, WAITING_FOR_STAFF, type Move } from './booking-moves.ts';

const term = 'A rule of the service as it was when the booking was made';
const choice = 'What was chosen of what the business offers';

/** Up to `minutesBefore` the start this much of the deposit is given back; whole days are counted on the calendar. */
export interface CancellationTier {
  readonly minutesBefore: number;
  readonly refundPercent: number;
}

/** How a booking came to be. */
export type BookingOrigin = 'BOOKED' | 'SERIES' | 'WAITLIST' | 'REQUEST';

/** What its history tells of a booking. */
export type BookingState = Pick<Booking, 'status' | 'startsAt' | 'endsAt' | 'providerId'>;

/** An appointment of a client with a provider. Nobody else sets its status; PostgreSQL guards the same moves. */
@Entity('booking')
export class Booking {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that is booked')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @NotPersonal('Random reference of the client')
  clientId!: string;

  @Column('uuid', { name: 'provider_id' })
  @NotPersonal('Random reference of the staff member')
  providerId!: string;

  @Column('uuid', { name: 'service_id' })
  @Personal(
    ofTheBooking({
      category: 'pd:ServiceConsumptionBehaviour',
      reason: 'So that we know what you booked',
      erase: 'keep',
    }),
  )
  serviceId!: string;

  @Column('text')
  @NotPersonal('Where the booking stands')
  status!: BookingStatus;

  @Column('int')
  @NotPersonal('Counts changes')
  version!: number;

  @Column('timestamptz', { name: 'starts_at' })
  @Personal(timeOfTheBooking('So that your time is kept for you'))
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  @Personal(timeOfTheBooking('So that your time is kept for you'))
  endsAt!: Date;

  @Column('text', { name: 'time_zone' })
  @NotPersonal('The zone in which the provider works')
  timeZone!: string;

  @Column('timestamptz', { name: 'held_until' })
  @NotPersonal('When an unconfirmed slot is free again')
  heldUntil!: Date;

  @Column('int', { name: 'buffer_before_minutes' })
  @NotPersonal(term)
  bufferBeforeMinutes!: number;

  @Column('int', { name: 'buffer_after_minutes' })
  @NotPersonal(term)
  bufferAfterMinutes!: number;

  @Column('int', { name: 'cancellation_window_minutes' })
  @NotPersonal(term)
  cancellationWindowMinutes!: number;

  @Column('int', { name: 'reschedule_window_minutes' })
  @NotPersonal(term)
  rescheduleWindowMinutes!: number;

  @Column('int', { name: 'reschedules_max' })
  @NotPersonal(term)
  reschedulesMax!: number;

  @Column('int', { name: 'reschedule_count' })
  @NotPersonal('Counts how often the booking moved')
  rescheduleCount!: number;

  @Column('bigint', { name: 'price_minor', transformer: minorUnits })
  @NotPersonal(term)
  priceMinor!: number;

  @Column('bigint', { name: 'deposit_minor', nullable: true, transformer: minorUnits })
  @NotPersonal(term)
  depositMinor!: number | null;

  @Column('text')
  @NotPersonal(term)
  currency!: string;

  @Column('text', { name: 'cancelled_by', nullable: true })
  @NotPersonal('Which side called it off')
  cancelledBy!: 'CLIENT' | 'STAFF' | 'SYSTEM' | null;

  @Column('bytea', { name: 'cancellation_reason', nullable: true })
  @Personal(wordsOfTheBooking('What you told us when you called the appointment off'))
  cancellationReason!: Buffer | null;

  @Column('bytea', { nullable: true })
  @Personal(wordsOfTheBooking('What you want the provider to know'))
  notes!: Buffer | null;

  @Column('uuid', { name: 'variant_id', nullable: true })
  @NotPersonal(choice)
  variantId!: string | null;

  @Column('uuid', { name: 'add_on_ids', array: true })
  @NotPersonal(choice)
  addOnIds!: string[];

  @Column('uuid', { name: 'location_id', nullable: true })
  @NotPersonal(choice)
  locationId!: string | null;

  @Column('text', { name: 'location_kind', nullable: true })
  @NotPersonal('Whether one comes, calls or meets by video')
  locationKind!: string | null;

  @Column('int')
  @NotPersonal('For how many it is')
  seats!: number;

  @Column('text')
  @NotPersonal('How the booking came to be')
  origin!: BookingOrigin;

  @Column('jsonb', { name: 'cancellation_tiers', nullable: true })
  @NotPersonal(term)
  cancellationTiers!: CancellationTier[] | null;

  @Column('bigint', { name: 'no_show_fee_minor', nullable: true, transformer: minorUnits })
  @NotPersonal(term)
  noShowFeeMinor!: number | null;

  @Column('boolean', { name: 'approval_required' })
  @NotPersonal(term)
  approvalRequired!: boolean;

  @Column('int', { name: 'decision_minutes' })
  @NotPersonal('How long the business may take to decide')
  decisionMinutes!: number;

  @Column('timestamptz', { name: 'decide_by', nullable: true })
  @NotPersonal('Until when the business must have decided')
  decideBy!: Date | null;

  @Column('uuid', { name: 'decision_id', nullable: true })
  @NotPersonal('Random reference of what a person decided')
  decisionId!: string | null;

  @Column('timestamptz', { name: 'checked_in_at', nullable: true })
  @Personal(timeOfTheBooking('So that you are seen when you are there'))
  checkedInAt!: Date | null;

  @Column('bytea', { name: 'override_reason', nullable: true })
  @Personal(wordsOfTheBooking('Why staff made an exception of a rule for this appointment'))
  overrideReason!: Buffer | null;

  @Column('bytea', { name: 'history_head', nullable: true })
  @NotPersonal('Hash of the last entry of the history, so that none can be taken away')
  historyHead!: Buffer | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the booking was made')
  createdAt!: Date;

  #before: BookingState | null = null;

  /** A hold ends by time, and so does the time to decide; that nobody has swept it yet changes nothing for whoever looks. */
  statusAt(now: Date): BookingStatus {
    const over = this.isHeld() ? this.heldUntil : this.isUndecided() ? this.decideBy : null;
    return over !== null && over <= now ? 'EXPIRED' : this.status;
  }

  /** Its slot is held for minutes. */
  isHeld(): boolean {
    return HELD.includes(this.status);
  }

  /** It waits for somebody of the business to decide. */
  isUndecided(): boolean {
    return WAITING_FOR_STAFF.includes(this.status);
  }

  /** How it stood before the change that is not saved yet. */
  before(): BookingState | null {
    return this.#before;
  }

  /** What it blocks, buffers included: the same time of everything it needs. */
  windows(resourceIds: readonly string[]): BookedWindow[] {
    const start = new Date(this.startsAt.getTime() - this.bufferBeforeMinutes * 60_000);
    const end = new Date(this.endsAt.getTime() + this.bufferAfterMinutes * 60_000);
    return resourceIds.map((resourceId) => ({ resourceId, start, end }));
  }

  /** The client has done all they can: it stands, or somebody of the business decides first. */
  accept(next: 'PENDING_REVIEW' | 'PENDING_APPROVAL' | 'CONFIRMED', now: Date): void {
    const paidLate = this.status === 'EXPIRED' && this.depositMinor !== null;
    invariant(this.status !== 'EXPIRED' || paidLate, 'only what was paid for late comes back');
    const latest = now.getTime() + this.decisionMinutes * 60_000;
    // Nobody can decide about an appointment that has begun.
    const decideBy = new Date(Math.min(latest, this.startsAt.getTime()));
    this.change({ status: next, decideBy: next === 'CONFIRMED' ? null : decideBy });
  }

  /** Moves it to another time or provider. What staff decide does not count against the client. */
  reschedule(to: Move): void {
    invariant(this.status === 'CONFIRMED', `a ${this.status} booking does not move`);
    invariant(!to.counts || this.rescheduleCount < this.reschedulesMax, 'the limit was checked before');
    const had = (this.endsAt.getTime() - this.startsAt.getTime()) / 60_000;
    const { variantId, durationMinutes = had, priceMinor } = { ...this, ...to.variant };
    this.change({
      startsAt: to.startsAt,
      endsAt: new Date(to.startsAt.getTime() + durationMinutes * 60_000),
      providerId: to.providerId,
      timeZone: to.timeZone,
      rescheduleCount: this.rescheduleCount + (to.counts ? 1 : 0),
      checkedInAt: null,
      variantId,
      priceMinor,
    });
  }

  cancel(by: 'CLIENT' | 'STAFF' | 'SYSTEM'): void {
    this.change({ status: 'CANCELLED', cancelledBy: by });
  }

  close(as: 'COMPLETED' | 'NO_SHOW'): void {
    this.change({ status: as });
  }

  expire(): void {
    this.change({ status: 'EXPIRED' });
  }

  /** A person of the business said no. */
  decline(decisionId: string): void {
    this.change({ status: 'DECLINED', decisionId });
  }

  /** The client is there. */
  checkIn(now: Date): void {
    invariant(this.status === 'CONFIRMED', `nobody checks in for a ${this.status} booking`);
    this.change({ checkedInAt: now });
  }

  /** Somebody has proved to be the one who asked for it. */
  claim(clientId: string): void {
    invariant(this.status === 'UNVERIFIED', `a ${this.status} booking has its client`);
    this.change({
      clientId,
      status: this.depositMinor === null ? 'PENDING_CONFIRMATION' : 'PENDING_PAYMENT',
    });
  }

  /** Its slot is held longer. */
  holdUntil(heldUntil: Date): void {
    this.change({ heldUntil });
  }

  private change(to: Partial<Booking>): void {
    const { status, startsAt, endsAt, providerId } = this;
    invariant(
      to.status === undefined || MOVES[status].includes(to.status),
      `a ${status} booking does not become ${to.status}`,
    );
    this.#before = { status, startsAt, endsAt, providerId };
    Object.assign(this, to);
    this.version += 1;
  }
}

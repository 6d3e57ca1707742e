import { Column, Entity, PrimaryColumn } from 'typeorm';
import { invariant } from '@kept/subgraph-kit';
import { NotPersonal, Personal } from '@kept/personal-data';
import { ofTheBooking } from '../retention/retention-rules.ts';
import type { BookingStatus } from '../schema-types.ts';
import { minorUnits } from '../services/minor-units.ts';
import type { BookedWindow } from '../arbiter/booked-window.ts';

const term = 'A rule of the service as it was when the booking was made';

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
      category: 'pd:ServiceConsumptionBehavior',
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
  @Personal(
    ofTheBooking({ category: 'pd:Schedule', reason: 'So that your time is kept for you', erase: 'keep' }),
  )
  startsAt!: Date;

  @Column('timestamptz', { name: 'ends_at' })
  @Personal(
    ofTheBooking({ category: 'pd:Schedule', reason: 'So that your time is kept for you', erase: 'keep' }),
  )
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
  cancelledBy!: 'CLIENT' | 'STAFF' | null;

  @Column('bytea', { name: 'cancellation_reason', nullable: true })
  @Personal(
    ofTheBooking({
      category: 'pd:Communication',
      fieldClass: 'sensitive',
      reason: 'What you told us when you called the appointment off',
      erase: 'shred',
    }),
  )
  cancellationReason!: Buffer | null;

  @Column('bytea', { nullable: true })
  @Personal(
    ofTheBooking({
      category: 'pd:Communication',
      fieldClass: 'sensitive',
      reason: 'What you want the provider to know',
      erase: 'shred',
    }),
  )
  notes!: Buffer | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the booking was made')
  createdAt!: Date;

  /** A hold ends by time; that nobody has swept it yet changes nothing for whoever looks. */
  statusAt(now: Date): BookingStatus {
    return this.isPending() && this.heldUntil <= now ? 'EXPIRED' : this.status;
  }

  isPending(): boolean {
    return this.status === 'PENDING_PAYMENT' || this.status === 'PENDING_CONFIRMATION';
  }

  /** What it blocks: the provider's time, buffers included. */
  windows(): BookedWindow[] {
    return [
      {
        resourceId: this.providerId,
        start: new Date(this.startsAt.getTime() - this.bufferBeforeMinutes * 60_000),
        end: new Date(this.endsAt.getTime() + this.bufferAfterMinutes * 60_000),
      },
    ];
  }

  /** Also for an expired one that was paid for late and whose time could be taken once more. */
  confirm(): void {
    const paidLate = this.status === 'EXPIRED' && this.depositMinor !== null;
    invariant(this.isPending() || paidLate, `a ${this.status} booking is not confirmed`);
    this.change({ status: 'CONFIRMED' });
  }

  reschedule(startsAt: Date): void {
    invariant(this.status === 'CONFIRMED', `a ${this.status} booking does not move`);
    invariant(this.rescheduleCount < this.reschedulesMax, 'the limit was checked before');
    const length = this.endsAt.getTime() - this.startsAt.getTime();
    this.startsAt = startsAt;
    this.endsAt = new Date(startsAt.getTime() + length);
    this.rescheduleCount += 1;
    this.change({});
  }

  cancel(by: 'CLIENT' | 'STAFF'): void {
    invariant(this.isPending() || this.status === 'CONFIRMED', `a ${this.status} booking is not cancelled`);
    this.cancelledBy = by;
    this.change({ status: 'CANCELLED' });
  }

  close(as: 'COMPLETED' | 'NO_SHOW'): void {
    invariant(this.status === 'CONFIRMED', `a ${this.status} booking is not closed`);
    this.change({ status: as });
  }

  expire(): void {
    invariant(this.isPending(), `a ${this.status} booking does not expire`);
    this.change({ status: 'EXPIRED' });
  }

  private change(to: { status?: BookingStatus }): void {
    this.status = to.status ?? this.status;
    this.version += 1;
  }
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal } from '@kept/personal-data';
import { minorUnits, minorUnitsOrNull } from '../money/minor-units.ts';
import { declared } from '../retention/retention-rules.ts';

export type BookingOutcome = 'HELD' | 'CONFIRMED' | 'REFUSED' | 'CANCELLED' | 'COMPLETED';

/**
 * What payments knows of a booking: whose it is (for SELF and ASSIGNED_PROVIDER) and how it went, from the signed quote
 * and then from scheduling's events. The money follows from this (settlement/next-step.ts).
 */
@Entity('booking_reference')
export class BookingReference {
  @PrimaryColumn('uuid', { name: 'booking_id' })
  @NotPersonal('Random reference that means nothing outside Kept')
  bookingId!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that was booked')
  organizationId!: string;

  @Column('uuid', { name: 'client_id' })
  @Personal(declared.paidBooking)
  clientId!: string;

  @Column('uuid', { name: 'provider_id' })
  @Personal(declared.unpaidBooking)
  providerId!: string;

  @Column('uuid', { name: 'location_id', nullable: true })
  @NotPersonal('A branch of the business')
  locationId!: string | null;

  @Column('text')
  @NotPersonal('How the booking went')
  outcome!: BookingOutcome;

  @Column('smallint', { name: 'refund_percent', nullable: true })
  @NotPersonal('What the policy of the business gives back')
  refundPercent!: number | null;

  @Column('int', { name: 'booking_version' })
  @NotPersonal('Counts changes of the booking')
  bookingVersion!: number;

  @Column('boolean', { name: 'has_payment' })
  @NotPersonal('Whether books depend on this row')
  hasPayment!: boolean;

  @Column('timestamptz', { name: 'starts_at', nullable: true })
  @Personal(declared.bookingTime)
  startsAt!: Date | null;

  @Column('timestamptz', { name: 'ends_at', nullable: true })
  @Personal(declared.bookingTime)
  endsAt!: Date | null;

  @Column('text', { name: 'time_zone', nullable: true })
  @NotPersonal('The zone in which the provider works')
  timeZone!: string | null;

  @Column('bigint', { name: 'price_minor', transformer: minorUnitsOrNull, nullable: true })
  @NotPersonal('What the service costs as it was booked')
  priceMinor!: bigint | null;

  @Column('bigint', { name: 'discount_minor', transformer: minorUnits })
  @NotPersonal('What the business takes off the price')
  discountMinor!: bigint;

  @Column('char', { length: 3, nullable: true })
  @NotPersonal('The currency the business works in')
  currency!: string | null;

  @Column('bigint', { name: 'no_show_fee_minor', transformer: minorUnitsOrNull, nullable: true })
  @NotPersonal('A rule of the service as it was booked')
  noShowFeeMinor!: bigint | null;

  @Column('bigint', { name: 'late_cancellation_fee_minor', transformer: minorUnitsOrNull, nullable: true })
  @NotPersonal('A rule of the service as it was booked')
  lateCancellationFeeMinor!: bigint | null;

  @Column('boolean', { nullable: true })
  @Personal(declared.paidBooking)
  attended!: boolean | null;

  @Column('boolean', { name: 'cancelled_late', nullable: true })
  @NotPersonal('Whether it was called off after the deadline')
  cancelledLate!: boolean | null;

  @Column('bigint', { name: 'cancellation_fee_minor', transformer: minorUnitsOrNull, nullable: true })
  @NotPersonal('What the rules of the business ask for the cancellation')
  cancellationFeeMinor!: bigint | null;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Where retention counts from')
  createdAt!: Date;
}

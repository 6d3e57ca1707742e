import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';
import { minorUnits } from './minor-units.ts';

/** ROUND_ROBIN: one of the providers, fairly. COLLECTIVE: several at once. */
export type ProviderChoice = 'ROUND_ROBIN' | 'COLLECTIVE';

const rule = 'A rule of the business';

/** Something a client can book. Times are in minutes. */
@Entity('service')
export class Service {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that offers it')
  organizationId!: string;

  @Column('text')
  @NotPersonal('What the business calls its service')
  name!: string;

  @Column('text')
  @NotPersonal('What the business says of its service')
  description!: string;

  @Column('int', { name: 'duration_minutes' })
  @NotPersonal(rule)
  durationMinutes!: number;

  @Column('bigint', { name: 'price_minor', transformer: minorUnits })
  @NotPersonal(rule)
  priceMinor!: number;

  @Column('bigint', { name: 'deposit_minor', nullable: true, transformer: minorUnits })
  @NotPersonal(rule)
  depositMinor!: number | null;

  @Column('text')
  @NotPersonal(rule)
  currency!: string;

  @Column('int', { name: 'buffer_before_minutes' })
  @NotPersonal(rule)
  bufferBeforeMinutes!: number;

  @Column('int', { name: 'buffer_after_minutes' })
  @NotPersonal(rule)
  bufferAfterMinutes!: number;

  @Column('int', { name: 'minimum_lead_minutes' })
  @NotPersonal(rule)
  minimumLeadMinutes!: number;

  @Column('int', { name: 'maximum_advance_minutes' })
  @NotPersonal(rule)
  maximumAdvanceMinutes!: number;

  @Column('int', { name: 'slot_interval_minutes' })
  @NotPersonal(rule)
  slotIntervalMinutes!: number;

  @Column('int', { name: 'cancellation_window_minutes' })
  @NotPersonal(rule)
  cancellationWindowMinutes!: number;

  @Column('int', { name: 'reschedule_window_minutes' })
  @NotPersonal(rule)
  rescheduleWindowMinutes!: number;

  @Column('int', { name: 'reschedules_max' })
  @NotPersonal(rule)
  reschedulesMax!: number;

  /** Rises with each change of the service, its variants, add-ons, places and needs. */
  @Column('int')
  @NotPersonal('Counts changes')
  version!: number;

  /** Seats of a session; one means an appointment of one client. */
  @Column('int')
  @NotPersonal(rule)
  capacity!: number;

  @Column('boolean', { name: 'approval_required' })
  @NotPersonal(rule)
  approvalRequired!: boolean;

  @Column('boolean', { name: 'anonymous_requests' })
  @NotPersonal(rule)
  anonymousRequests!: boolean;

  @Column('text', { name: 'provider_choice' })
  @NotPersonal(rule)
  providerChoice!: ProviderChoice;

  /** How many providers a COLLECTIVE service needs; null means all who offer it. */
  @Column('int', { name: 'providers_needed', nullable: true })
  @NotPersonal(rule)
  providersNeeded!: number | null;

  @Column('int', { name: 'fairness_window_days' })
  @NotPersonal(rule)
  fairnessWindowDays!: number;

  @Column('int', { name: 'no_show_fee_percent', nullable: true })
  @NotPersonal(rule)
  noShowFeePercent!: number | null;

  @Column('bigint', { name: 'no_show_fee_minor', nullable: true, transformer: minorUnits })
  @NotPersonal(rule)
  noShowFeeMinor!: number | null;

  @Column('int', { name: 'late_cancellation_fee_percent', nullable: true })
  @NotPersonal(rule)
  lateCancellationFeePercent!: number | null;

  @Column('bigint', { name: 'late_cancellation_fee_minor', nullable: true, transformer: minorUnits })
  @NotPersonal(rule)
  lateCancellationFeeMinor!: number | null;

  @Column('boolean')
  @NotPersonal('Whether it can still be booked')
  active!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Since when it is offered')
  createdAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';
import { minorUnits } from './minor-units.ts';

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

  @Column('boolean')
  @NotPersonal('Whether it can still be booked')
  active!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('Since when it is offered')
  createdAt!: Date;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';

/** A reminder that is due at a time. The queue only carries it; this row is the truth. It goes with its booking. */
@Entity('reminder')
export class Reminder {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that is booked')
  organizationId!: string;

  @Column('uuid', { name: 'booking_id' })
  @NotPersonal('Random reference of the booking')
  bookingId!: string;

  @Column('timestamptz', { name: 'due_at' })
  @NotPersonal('When to remind')
  dueAt!: Date;

  @Column('int', { name: 'minutes_before', default: 1440 })
  @NotPersonal('How long before the start it was meant to come')
  minutesBefore!: number;

  @Column('timestamptz', { name: 'starts_at', nullable: true })
  @NotPersonal('The time of the appointment that it was planned for')
  startsAt!: Date | null;

  @Column('text')
  @NotPersonal('Where the reminder stands')
  state!: 'WAITING' | 'REQUESTED' | 'SENT' | 'REFUSED' | 'DROPPED';

  @Column('uuid', { name: 'message_id', nullable: true })
  @NotPersonal('Random reference of the message')
  messageId!: string | null;

  @Column('text', { nullable: true })
  @NotPersonal('A code that says why nothing was sent')
  reason!: string | null;
}

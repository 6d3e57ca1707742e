import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal, type PersonalData } from '@kept/personal-data';
import { historyWithItsBooking } from '../retention/retention-rules.ts';

const words = {
  subject: 'booking.client_id',
  category: 'pd:Communication',
  fieldClass: 'sensitive',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  retention: historyWithItsBooking,
  erase: 'shred',
  export: 'client',
} as const satisfies Partial<PersonalData>;

/** What a person of the business decided about a booking that waited for them. It stands as it was taken. */
@Entity('booking_decision')
export class BookingDecision {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that is booked')
  organizationId!: string;

  @Column('uuid', { name: 'booking_id' })
  @NotPersonal('Random reference of the booking')
  bookingId!: string;

  @Column('text')
  @NotPersonal('What was decided about')
  stage!: 'REVIEW' | 'APPROVAL';

  @Column('text')
  @NotPersonal('For or against')
  outcome!: 'APPROVED' | 'DECLINED';

  @Column('uuid', { name: 'decided_by' })
  @NotPersonal('Random reference of the staff member')
  decidedBy!: string;

  @Column('text', { name: 'decided_by_kind' })
  @NotPersonal('Always staff: machines do not decide')
  decidedByKind!: 'STAFF';

  @Column('bytea', { nullable: true })
  @Personal({ ...words, reason: 'So that you know why your request was declined' })
  reason!: Buffer | null;

  @Column('timestamptz', { name: 'decided_at' })
  @NotPersonal('When it was decided')
  decidedAt!: Date;

  @Column('timestamptz', { name: 'contested_at', nullable: true })
  @NotPersonal('When the client asked for somebody else to look again')
  contestedAt!: Date | null;

  @Column('bytea', { nullable: true })
  @Personal({ ...words, reason: 'What you said against the decision' })
  contest!: Buffer | null;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal, Personal, type PersonalData } from '@kept/personal-data';
import type { Channel } from '../audit/actor.ts';
import { historyWithItsBooking } from '../retention/retention-rules.ts';
import type { BookingStatus } from '../schema-types.ts';

const time: PersonalData = {
  subject: 'booking.client_id',
  category: 'kept:Schedule',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'So that you and we can see what was changed about your appointment, and by whom',
  retention: historyWithItsBooking,
  erase: 'keep',
  export: 'client',
};
const proof = 'Proves that nobody has changed the entry or the ones before it';

/** One thing that happened to a booking: as many as the booking has versions. Only ever added to. */
@Entity('booking_history')
export class BookingHistory {
  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that is booked')
  organizationId!: string;

  @PrimaryColumn('uuid', { name: 'booking_id' })
  @NotPersonal('Random reference of the booking')
  bookingId!: string;

  @PrimaryColumn('int')
  @NotPersonal('Counts changes')
  version!: number;

  @Column('text')
  @NotPersonal('A code that says what was done')
  action!: string;

  @Column('timestamptz')
  @Personal(time)
  at!: Date;

  @Column('text')
  @NotPersonal('By which way the change came')
  channel!: Channel;

  @Column('text', { name: 'actor_kind' })
  @NotPersonal('Whether a client, staff or this service did it')
  actorKind!: string;

  @Column('uuid', { name: 'actor_id', nullable: true })
  @NotPersonal('Random reference of whoever did it')
  actorId!: string | null;

  @Column('uuid', { name: 'link_id', nullable: true })
  @NotPersonal('Random reference of the link that was used')
  linkId!: string | null;

  @Column('text', { name: 'request_id' })
  @NotPersonal('Random reference of the request, or the name of a job')
  requestId!: string;

  @Column('text', { name: 'reason_code', nullable: true })
  @NotPersonal('A code that says why')
  reasonCode!: string | null;

  @Column('text', { name: 'old_status', nullable: true })
  @NotPersonal('Where the booking stood')
  oldStatus!: BookingStatus | null;

  @Column('text', { name: 'new_status' })
  @NotPersonal('Where the booking stands')
  newStatus!: BookingStatus;

  @Column('timestamptz', { name: 'old_starts_at', nullable: true })
  @Personal(time)
  oldStartsAt!: Date | null;

  @Column('timestamptz', { name: 'new_starts_at' })
  @Personal(time)
  newStartsAt!: Date;

  @Column('timestamptz', { name: 'old_ends_at', nullable: true })
  @Personal(time)
  oldEndsAt!: Date | null;

  @Column('timestamptz', { name: 'new_ends_at' })
  @Personal(time)
  newEndsAt!: Date;

  @Column('uuid', { name: 'old_provider_id', nullable: true })
  @NotPersonal('Random reference of a staff member')
  oldProviderId!: string | null;

  @Column('uuid', { name: 'new_provider_id' })
  @NotPersonal('Random reference of a staff member')
  newProviderId!: string;

  @Column('bytea', { name: 'previous_hash' })
  @NotPersonal(proof)
  previousHash!: Buffer;

  @Column('bytea')
  @NotPersonal(proof)
  hash!: Buffer;

  @Column('bytea')
  @NotPersonal(proof)
  signature!: Buffer;
}

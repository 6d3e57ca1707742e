import { Column, Entity, PrimaryColumn } from 'typeorm';
import { NotPersonal } from '@kept/personal-data';

/** Long enough to find a card and pass a bank's page, short enough that a forgotten one does not cost the hour. */
export const HOLD_MINUTES = 15;
/** WCAG 2.2.1 asks for ten at least; with them a slot is kept for under three hours and then free again. */
export const EXTENSIONS_MAX = 10;
/** WCAG 2.2.1 asks for 20 seconds at least; two minutes also suit who reads slowly or types with one key. */
export const WARN_MINUTES = 2;
/** More would let one client empty a day's calendar without paying for any of it. */
export const LIVE_HOLDS_MAX = 3;

/** A slot kept for minutes while its booking is paid for or confirmed. It goes with its booking. */
@Entity('slot_hold')
export class SlotHold {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business that is booked')
  organizationId!: string;

  @Column('uuid', { name: 'booking_id' })
  @NotPersonal('Random reference of the booking')
  bookingId!: string;

  @Column('uuid', { name: 'client_id' })
  @NotPersonal('Random reference of the client')
  clientId!: string;

  @Column('text')
  @NotPersonal('Where the hold stands')
  status!: 'LIVE' | 'CONSUMED' | 'RELEASED' | 'EXPIRED';

  @Column('timestamptz', { name: 'expires_at' })
  @NotPersonal('When the slot is free again')
  expiresAt!: Date;

  @Column('int')
  @NotPersonal('Counts how often it was made longer')
  extensions!: number;

  @Column('timestamptz', { name: 'created_at' })
  @NotPersonal('When the slot was taken')
  createdAt!: Date;

  /** Until when it is kept when it is kept longer now: never shorter than it is already. */
  extendedFrom(now: Date): Date {
    return new Date(Math.max(this.expiresAt.getTime(), now.getTime() + HOLD_MINUTES * 60_000));
  }

  isLiveAt(now: Date): boolean {
    return this.status === 'LIVE' && this.expiresAt > now;
  }
}

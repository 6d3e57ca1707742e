import { MINUTES_PER_DAY, type Zone } from './zone.ts';

/**
 * The instant that lies `windowMinutes` before an appointment, as the person reads it: whole days are counted
 * on the calendar of the appointment's own zone (a day before 10:00 is 10:00, also over a clock change), the
 * rest in elapsed minutes (as Temporal and RFC 5545 do with days and hours).
 */
export function deadlineBefore(zone: Zone, startMinute: number, windowMinutes: number): number {
  const days = Math.floor(windowMinutes / MINUTES_PER_DAY);
  const rest = windowMinutes - days * MINUTES_PER_DAY;
  if (days === 0) return startMinute - rest;
  const local = startMinute + zone.offsetAt(startMinute);
  return zone.instantOf(local - days * MINUTES_PER_DAY) - rest;
}

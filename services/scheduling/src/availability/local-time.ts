import type { Zone } from './engine/zone.ts';

/** An instant on a zone's wall clock with its offset, such as 2027-03-28T09:00+01:00. */
export function localTime(zone: Zone, epochMinute: number): string {
  const offset = zone.offsetAt(epochMinute);
  const wall = new Date((epochMinute + offset) * 60_000).toISOString().slice(0, 16);
  const size = Math.abs(offset);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${wall}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

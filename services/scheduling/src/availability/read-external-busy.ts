import type { Transaction } from '@kept/database';
import { readBusyByCalendars } from '../calendar-connections/read-busy.ts';
import type { Span, Spans } from './engine/intervals.ts';

/** What the calendars that providers have connected say of a time. */
export interface ExternalBusy {
  /** Flat pairs of epoch minutes by provider, in any order; they may overlap. */
  readonly busyOf: ReadonlyMap<string, Spans>;
  /** Providers of whom nobody knows: a connection fails, or was last read too long ago. They are offered to nobody. */
  readonly failing: ReadonlySet<string>;
}

/** Reads connected calendars for a range of epoch minutes: one query, however many providers; none for nobody. */
export function readExternalBusy(
  tx: Transaction,
  wanted: { providerIds: readonly string[]; range: Span; now: Date },
): Promise<ExternalBusy> {
  if (wanted.providerIds.length === 0) return Promise.resolve({ busyOf: new Map(), failing: new Set() });
  return readBusyByCalendars(tx, wanted);
}

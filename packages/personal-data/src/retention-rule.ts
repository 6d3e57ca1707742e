import { parsePeriod } from './period.ts';

export interface RetentionRule {
  /** Unique within a service; stands in evidence and in the schedule. */
  name: string;
  /**
   * The column whose instant starts the period, in the table of the columns that carry the rule. While it is null, the
   * period has not begun. `parent.column` means: goes together with its row in `parent` (foreign key ON DELETE CASCADE).
   */
  clock: string;
  /** ISO 8601, calendar arithmetic in UTC: `P24M`, `P10Y`, `P7D`. */
  period: string;
  then: 'delete_row' | 'shred';
  /** Why this long, in plain words; with the law, where there is one. */
  reason: string;
  /** Only rows for which this SQL condition over the table's own columns holds, e.g. `confirmed_at IS NULL`. */
  onlyWhen?: string;
  /** Column that names people whose keys go together with the row, where the row *is* the person: an account. */
  destroyKeysOf?: string;
}

/** Says how long something is kept and what happens then. Refuses a rule that could never run, when the service starts. */
export function retentionRule(rule: RetentionRule): RetentionRule {
  parsePeriod(rule.period);
  for (const [part, text] of Object.entries({ name: rule.name, clock: rule.clock, reason: rule.reason }))
    if (text.trim() === '') throw new Error(`A retention rule has no ${part}.`);
  return Object.freeze({ ...rule });
}

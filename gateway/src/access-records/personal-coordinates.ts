import { AUDIENCES, WITHHELD, type Decisions } from '@kept/access-policy';

const known = new WeakMap<Decisions, Uint8Array>();

/**
 * Which coordinates are personal, by number: 1 for those that are kept for purposes. What even all audiences together are
 * not given without a purpose is personal; the policy says so nowhere more directly, and this cannot drift from what it does.
 */
export function personalCoordinates(decisions: Decisions): Uint8Array {
  const before = known.get(decisions);
  if (before) return before;
  const personal = decisions.tableFor(AUDIENCES, []).map((decision) => (decision === WITHHELD ? 1 : 0));
  known.set(decisions, personal);
  return personal;
}

/** What a part of a run has come to. */
export interface Tally {
  lookedAt: number;
  repaired: number;
  incidents: number;
}

export const nothing = (): Tally => ({ lookedAt: 0, repaired: 0, incidents: 0 });

export function add(sum: Tally, part: Tally): void {
  sum.lookedAt += part.lookedAt;
  sum.repaired += part.repaired;
  sum.incidents += part.incidents;
}

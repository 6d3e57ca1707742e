/** How many key derivations a challenge takes at rest: 70 ms in Node on a busy machine (measured); a telephone takes several times that. */
export const WORK_AT_REST = 200;
/** Over how long the load of an organization is looked at, in minutes. */
export const LOAD_MINUTES = 10;

// Doubled with each step, so that a flood pays for itself; sixteenfold at most, or old telephones would be shut out.
const STEPS: readonly { readonly from: number; readonly factor: number }[] = [
  { from: 240, factor: 16 },
  { from: 120, factor: 8 },
  { from: 60, factor: 4 },
  { from: 30, factor: 2 },
];

/** From here on a closer look at the load changes nothing. */
export const LOAD_MAX = 240;

/** How many derivations to ask for after so many requests to the organization within the last ten minutes. */
export function workFor(recentRequests: number, atRest: number): number {
  const factor = STEPS.find(({ from }) => recentRequests >= from)?.factor ?? 1;
  return atRest * factor;
}

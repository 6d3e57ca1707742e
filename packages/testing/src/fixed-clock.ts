/** A clock that stands still until it is told otherwise. */
export interface FixedClock {
  (): Date;
  advance(milliseconds: number): void;
  set(instant: string | Date): void;
}

/** Makes a clock that stands at an instant, such as `2030-03-31T00:30:00Z`. */
export function fixedClock(instant: string | Date): FixedClock {
  let now = read(instant);
  return Object.assign(() => new Date(now), {
    advance: (milliseconds: number) => void (now += milliseconds),
    set: (next: string | Date) => void (now = read(next)),
  });
}

function read(instant: string | Date): number {
  const time = new Date(instant).getTime();
  if (Number.isNaN(time)) throw new TypeError(`"${String(instant)}" is no instant.`);
  return time;
}

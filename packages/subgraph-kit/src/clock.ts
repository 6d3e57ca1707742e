import { readFileSync } from 'node:fs';

/** The current time, as an argument. */
export type Clock = () => Date;

// A file read per call would cost a system call on every row of a loop; five looks a second are enough for a person.
const LOOK_AGAIN_MS = 200;

/**
 * The system's clock. With `offsetFile` (tests and demonstrations; refused in production by configuration)
 * it is moved by the number of milliseconds written there, and follows when that number changes.
 */
export function openClock(options: { offsetFile?: string | undefined } = {}): Clock {
  const { offsetFile } = options;
  if (!offsetFile) return () => new Date();
  let offset = 0;
  let lookedAt = -Infinity;
  return () => {
    const real = Date.now();
    if (real - lookedAt > LOOK_AGAIN_MS) {
      lookedAt = real;
      offset = readOffset(offsetFile);
    }
    return new Date(real + offset);
  };
}

function readOffset(path: string): number {
  try {
    const milliseconds = Number(readFileSync(path, 'utf8').trim());
    return Number.isSafeInteger(milliseconds) ? milliseconds : 0;
  } catch {
    return 0; // The file appears when somebody moves the clock.
  }
}

import { readFileSync } from 'node:fs';

/** The stack's idea of now: the system's, moved by the milliseconds that a test has written into the file. */
export function stackClock(offsetFile: string | undefined): () => Date {
  if (!offsetFile) return () => new Date();
  return () => {
    let offset = 0;
    try {
      offset = Number(readFileSync(offsetFile, 'utf8').trim());
    } catch {
      // The file appears when somebody moves the clock.
    }
    return new Date(Date.now() + (Number.isSafeInteger(offset) ? offset : 0));
  };
}

import { findProgram } from './find-program.ts';

const program = findProgram('chromium', 'chromium-browser', 'google-chrome');

/** A suite that needs a browser: without one it says so, and its tests count as skipped. The suite is given its place. */
export function describeWithChromium(name: string, suite: (program: string) => void): void {
  if (program !== undefined) return describe(name, () => suite(program));
  process.stdout.write(`skipped: needs chromium (apt-get install chromium): ${name}\n`);
  return describe.skip(name, () => suite(''));
}

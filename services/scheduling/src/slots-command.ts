import { readFileSync } from 'node:fs';
import { answerCase, CasesRefused, readCases } from './availability/engine/read-cases.ts';

const USAGE =
  'npm run slots -- FILE: prints, as one JSON object, the slot starts of every case in the file.\n';

/** The command `slots`: the engine's answer to cases in a file, so that anybody can hold it against another engine. */
export function runSlotsCommand(
  words: readonly string[],
  out: { write(text: string): void; complain(text: string): void },
): number {
  const [path] = words;
  if (path === undefined || words.length > 1 || path.startsWith('-')) {
    out.complain(USAGE);
    return 2;
  }
  try {
    const answers = readCases(textOf(path)).map((asked): [string, string[]] => [
      asked.id,
      answerCase(asked).map((start) => new Date(start * 60_000).toISOString()),
    ]);
    out.write(`${JSON.stringify(Object.fromEntries(answers), null, 1)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof CasesRefused)) throw error;
    out.complain(`${error.message}\n`);
    return 1;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CasesRefused(`${path} cannot be read.`, { cause });
  }
}

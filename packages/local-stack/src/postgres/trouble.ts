/** Something a person can put right; the message is one sentence for that person. */
export class PostgresTrouble extends Error {
  override readonly name = 'PostgresTrouble';
}

const SENTENCES: readonly [pattern: RegExp, sentence: string][] = [
  [
    /No space left on device|ENOSPC/,
    'The disk is full: PostgreSQL could not write. Make room and start again.',
  ],
  [/could not bind|Address already in use/, 'The port of PostgreSQL is taken by another program.'],
  [
    /database files are incompatible|was initialized by PostgreSQL version/,
    'The data directory was made by another version of PostgreSQL; start over with `npm start -- --reset`.',
  ],
  [
    /could not create shared memory|could not map anonymous shared memory|Cannot allocate memory/,
    'There is not enough memory for PostgreSQL.',
  ],
  [/Permission denied/, 'PostgreSQL may not read or write its data directory.'],
  [/error while loading shared libraries/, 'A library that PostgreSQL needs is missing; run "npm ci" again.'],
];

/** Turns what PostgreSQL (or the file system) wrote into one sentence; the last lines stay as the cause. */
export function troubleFrom(what: string, output: string): PostgresTrouble {
  const known = SENTENCES.find(([pattern]) => pattern.test(output))?.[1];
  const last = output.trim().split('\n').slice(-5).join('\n');
  return new PostgresTrouble(known ?? `${what}: ${last || 'it said nothing'}`, { cause: new Error(last) });
}
